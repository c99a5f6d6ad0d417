// The retired completions, embeddings and rankings: what each recorded exchange means.
#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/fixture_harness.h"
#include "gateway/providers/jina/jina.h"
#include "gateway/providers/openai/openai.h"

namespace maester::gateway::testing {

namespace {

Exchange one(const std::filesystem::path& shared, const char* folder, const std::string& id) {
  return exchanges_of(shared, {folder}).at(id);
}

TEST(CompletionsFixtures, answers_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = openai::make_completions_provider({});
  const auto first = adapter->decode(one(shared, "openai", "openai-024").body);
  ASSERT_TRUE(first);
  expect_response({.id = "openai-024",
                   .model = "davinci:2023-07-21-v2",
                   .text = ". \nOk, here’s a couple.\n",
                   .text_size = 57,
                   .finish = "length",
                   .usage = meter::Usage{.input = 8, .output = 16}},
                  *first);
  const auto writer =
      adapter->decode(one(shared, "openai-compatible", "openai-compatible-027").body);
  ASSERT_TRUE(writer);
  expect_response({.id = "openai-compatible-027",
                   .model = "palmyra-x4",
                   .text = "A joke about OpenTelemet",
                   .text_size = 166},
                  *writer);
}

TEST(CompletionsFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Exchange e = one(shared, "openai", "openai-025");
  const auto adapter = openai::make_completions_provider({});
  const Delivered got = deliver_whole(*adapter, e.body);
  expect_response({.id = e.id,
                   .model = "davinci:2023-07-21-v2",
                   .text = ". It’s alright, I’ll wait. I r",
                   .text_size = 65,
                   .finish = "length"},
                  got.sum.response());
  EXPECT_TRUE(got.complete);
  const std::string_view body = e.body;
  EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, body.find("data: [DONE]"))).complete);
  expect_cut_invariant(*adapter, e);
}

TEST(CompletionsRequest, only_a_callers_own_prompt_can_be_sent) {
  const auto adapter = openai::make_completions_provider({});
  EncodeOptions options;
  options.upstream_model = "up";
  options.source_protocol = Protocol::openai_completions;
  options.source_body = R"({"model":"m","prompt":["a","b"],"best_of":2})";
  options.max_tokens = 5;
  const auto got = adapter->encode({}, options);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->path, "/completions");
  EXPECT_EQ(got->body, R"({"model":"up","prompt":["a","b"],"best_of":2,"max_tokens":5})");
  options.source_protocol = Protocol::openai_chat;
  EXPECT_EQ(adapter->encode({}, options).error().param, "prompt");
}

struct Embedded {
  const char* folder;
  std::string id;
  std::size_t inputs, dimensions;
  float first;
  std::int64_t tokens;
};

void expect_embedded(const EmbeddingAdapter& adapter, const std::filesystem::path& shared,
                     const Embedded& want) {
  const Exchange e = one(shared, want.folder, want.id);
  const auto got = adapter.decode(e.body, want.inputs);
  ASSERT_TRUE(got) << want.id << ": " << got.error().message;
  ASSERT_EQ(got->vectors.size(), want.inputs) << want.id;
  for (const auto& vector : got->vectors) EXPECT_EQ(vector.size(), want.dimensions) << want.id;
  EXPECT_FLOAT_EQ(got->vectors[0][0], want.first) << want.id;
  ASSERT_TRUE(got->usage) << want.id;
  EXPECT_EQ(*got->usage, (meter::Usage{.input = want.tokens})) << want.id;
  EXPECT_FALSE(adapter.decode(e.body, want.inputs + 1)) << want.id;
}

TEST(EmbeddingFixtures, openais_and_mistrals_vectors_are_read) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = openai::make_embeddings({});
  for (const Embedded& want : {Embedded{"openai", "openai-026", 2, 5, 0.0057293195f, 12},
                               Embedded{"openai", "openai-027", 1, 3072, 0.019943504f, 8},
                               Embedded{"openai", "openai-028", 1, 128, -0.053229727f, 4},
                               Embedded{"mistral", "mistral-013", 2, 1024, -0.02255249f, 21}}) {
    expect_embedded(*adapter, shared, want);
  }
}

TEST(EmbeddingFixtures, coheres_vectors_are_read) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = cohere::make_embeddings({});
  expect_embedded(*adapter, shared, {"cohere", "cohere-016", 2, 5, 0.03302002f, 10});
  expect_embedded(*adapter, shared, {"cohere", "cohere-018", 1, 1536, -0.017963495f, 4});
}

TEST(EmbeddingFixtures, refusals_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Exchange azure = one(shared, "azure-openai", "azure-openai-009");
  EXPECT_EQ(
      openai::make_provider({})->classify(azure.status, azure.headers, azure.body).error_class,
      ErrorClass::credential);
}

TEST(Embeddings, what_is_no_vector_is_an_error) {
  const auto adapter = openai::make_embeddings({});
  for (const std::string bad :
       {R"({"data":[]})", R"({"data":[{"embedding":[]}]})", R"({"data":[{"embedding":["a"]}]})",
        R"({"data":[{"embedding":"AAA="}]})", R"({"data":[{"embedding":[1e300]}]})",
        R"({"data":[{"index":1,"embedding":[1]}]})", R"({"error":{"message":"no"}})", "[]", "{"}) {
    const auto got = adapter->decode(bad, 1);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Code::upstream_error) << bad;
  }
  // In any order, and each once.
  const auto turned =
      adapter->decode(R"({"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]})", 2);
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->vectors, (std::vector<std::vector<float>>{{1}, {2}}));
  EXPECT_FALSE(
      adapter->decode(R"({"data":[{"index":0,"embedding":[2]},{"index":0,"embedding":[1]}]})", 2));
}

TEST(Embeddings, requests_are_written_or_refused_by_name) {
  EncodeOptions options;
  options.upstream_model = "e";
  EmbeddingRequest request;
  request.inputs = {std::string("a"), std::vector<std::int64_t>{1, 2}};
  request.dimensions = 3;
  const auto openai = openai::make_embeddings({})->encode(request, options);
  ASSERT_TRUE(openai);
  EXPECT_EQ(openai->path, "/embeddings");
  EXPECT_EQ(openai->body, R"({"model":"e","input":["a",[1,2]],"dimensions":3})");
  EXPECT_EQ(cohere::make_embeddings({})->encode(request, options).error().param, "input");
  request.inputs.pop_back();
  const auto cohere = cohere::make_embeddings({})->encode(request, options);
  ASSERT_TRUE(cohere);
  EXPECT_EQ(cohere->path, "/v2/embed");
  EXPECT_EQ(cohere->body, R"({"model":"e","input_type":"search_document","texts":["a"],)"
                          R"("embedding_types":["float"],"output_dimension":3})");
  request.input_type = "search_query";
  EXPECT_EQ(openai::make_embeddings({})->encode(request, options).error().param, "input_type");
  request.input_type.clear();
  request.unknown_fields = {"x"};
  EXPECT_EQ(openai::make_embeddings({})->encode(request, options).error().param, "x");
  EXPECT_EQ(cohere::make_embeddings({})->encode(request, options).error().param, "x");
}

TEST(RerankFixtures, rankings_are_read) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto cohere = cohere::make_rerank({})->decode(one(shared, "cohere", "cohere-003").body, 6);
  ASSERT_TRUE(cohere) << cohere.error().message;
  ASSERT_EQ(cohere->hits.size(), 3u);
  EXPECT_EQ(cohere->hits[0].index, 3);
  EXPECT_DOUBLE_EQ(cohere->hits[0].score, 0.9999989);
  EXPECT_EQ(cohere->hits[2].index, 0);
  EXPECT_EQ(cohere->usage, (meter::Usage{.queries = 1}));
  const auto voyage =
      jina::make_rerank({.voyage = true})->decode(one(shared, "voyage", "voyage-001").body, 3);
  ASSERT_TRUE(voyage) << voyage.error().message;
  ASSERT_EQ(voyage->hits.size(), 2u);
  EXPECT_EQ(voyage->hits[1].index, 2);
  EXPECT_EQ(voyage->usage, (meter::Usage{.input = 43}));
}

TEST(Rerank, a_ranking_of_what_was_not_asked_is_an_error) {
  for (const std::string bad : {R"({"results":[{"index":2,"relevance_score":1}]})",
                                R"({"results":[{"index":-1,"relevance_score":1}]})",
                                R"({"results":[{"index":0}]})", R"({"results":{}})", "{}", "[",
                                R"({"results":[{"index":0,"relevance_score":1},
                                   {"index":0,"relevance_score":1}]})"}) {
    EXPECT_FALSE(jina::make_rerank({})->decode(bad, 2)) << bad;
    EXPECT_FALSE(cohere::make_rerank({})->decode(bad, 2)) << bad;
  }
  const auto turned = jina::make_rerank({})->decode(
      R"({"results":[{"index":0,"relevance_score":0.1},{"index":1,"relevance_score":0.9}]})", 2);
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->hits[0].index, 1);  // best first
}

TEST(Rerank, requests_are_written_or_refused_by_name) {
  EncodeOptions options;
  options.upstream_model = "r";
  RerankRequest request;
  request.query = "q";
  request.documents = {"a", "b"};
  request.top_n = 1;
  EXPECT_EQ(cohere::make_rerank({})->encode(request, options)->body,
            R"({"model":"r","query":"q","documents":["a","b"],"top_n":1})");
  EXPECT_EQ(
      jina::make_rerank({.voyage = true})->encode(request, options)->body,
      R"({"model":"r","query":"q","documents":["a","b"],"top_k":1,"return_documents":false})");
  request.max_tokens_per_doc = 9;
  EXPECT_EQ(jina::make_rerank({})->encode(request, options).error().param, "max_tokens_per_doc");
  request.max_tokens_per_doc.reset();
  request.unknown_fields = {"z"};
  EXPECT_EQ(cohere::make_rerank({})->encode(request, options).error().param, "z");
}

}  // namespace

}  // namespace maester::gateway::testing
