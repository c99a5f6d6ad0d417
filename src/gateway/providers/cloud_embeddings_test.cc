// Embeddings of Bedrock (InvokeModel) and of Vertex AI (predict, embedContent): what is sent, what
// is read, and what is refused by name. Bodies after the providers' own documentation.
#include <gtest/gtest.h>

#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/gemini/gemini.h"
#include "gateway/providers/registry.h"

namespace maester::gateway {

namespace {

EmbeddingRequest two_texts() {
  EmbeddingRequest out;
  out.inputs = {std::string("a"), std::string("b \"quoted\"")};
  return out;
}

EmbeddingRequest one_text() {
  EmbeddingRequest out;
  out.inputs = {std::string("a")};
  return out;
}

EncodeOptions for_model(std::string model) {
  EncodeOptions out;
  out.upstream_model = std::move(model);
  return out;
}

std::string param_of(const Result<ProviderRequest>& got) {
  EXPECT_FALSE(got);
  if (got) return got->body;
  EXPECT_EQ(got.error().code, Code::invalid_request);
  return got.error().param;
}

constexpr const char* kTitan = "amazon.titan-embed-text-v2:0";
constexpr const char* kCohere = "us.cohere.embed-v4:0";

TEST(BedrockEmbeddings, each_family_gets_its_own_body) {
  const auto adapter = bedrock::make_embeddings();
  EmbeddingRequest request = one_text();
  request.dimensions = 256;
  const auto titan = adapter->encode(request, for_model(kTitan));
  ASSERT_TRUE(titan) << titan.error().message;
  EXPECT_EQ(titan->path, "/model/amazon.titan-embed-text-v2%3A0/invoke");
  EXPECT_EQ(titan->body, R"({"inputText":"a","dimensions":256})");
  EXPECT_EQ(adapter->encode(request, for_model("amazon.titan-embed-image-v1"))->body,
            R"({"inputText":"a","embeddingConfig":{"outputEmbeddingLength":256}})");
  request = two_texts();
  request.dimensions = 512;
  request.truncate = "END";
  const auto cohere = adapter->encode(request, for_model(kCohere));
  ASSERT_TRUE(cohere) << cohere.error().message;
  EXPECT_EQ(cohere->body,
            R"({"texts":["a","b \"quoted\""],"input_type":"search_document",)"
            R"("embedding_types":["float"],"output_dimension":512,"truncate":"END"})");
}

TEST(BedrockEmbeddings, what_a_family_has_not_is_refused_by_name) {
  const auto adapter = bedrock::make_embeddings();
  EXPECT_EQ(param_of(adapter->encode(two_texts(), for_model(kTitan))), "input");
  EXPECT_EQ(param_of(adapter->encode(one_text(), for_model("anthropic.claude-x"))), "model");
  EmbeddingRequest request = one_text();
  request.dimensions = 8;
  EXPECT_EQ(param_of(adapter->encode(request, for_model("amazon.titan-embed-text-v1"))),
            "dimensions");
  EXPECT_EQ(param_of(adapter->encode(request, for_model("cohere.embed-english-v3"))), "dimensions");
  request = one_text();
  request.input_type = "search_query";
  EXPECT_EQ(param_of(adapter->encode(request, for_model(kTitan))), "input_type");
  request = one_text();
  request.truncate = "END";
  EXPECT_EQ(param_of(adapter->encode(request, for_model(kTitan))), "truncate");
  request = one_text();
  request.unknown_fields = {"x"};
  EXPECT_EQ(param_of(adapter->encode(request, for_model(kCohere))), "x");
  request = one_text();
  request.inputs = {std::vector<std::int64_t>{1, 2}};
  EXPECT_EQ(param_of(adapter->encode(request, for_model(kCohere))), "input");
}

TEST(BedrockEmbeddings, every_form_of_the_answer_is_read) {
  const auto adapter = bedrock::make_embeddings();
  const auto titan = adapter->decode(
      R"({"embedding":[0.5,-1],"embeddingsByType":{"float":[0.5,-1]},"inputTextTokenCount":3})", 1);
  ASSERT_TRUE(titan) << titan.error().message;
  EXPECT_EQ(titan->vectors, (std::vector<std::vector<float>>{{0.5F, -1}}));
  EXPECT_EQ(titan->usage, (meter::Usage{.input = 3}));
  const std::vector<std::vector<float>> both{{1, 2}, {3, 4}};
  const auto typed = adapter->decode(
      R"({"id":"i","embeddings":{"float":[[1,2],[3,4]]},"response_type":"embeddings_by_type"})", 2);
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->vectors, both);
  EXPECT_FALSE(typed->usage);
  EXPECT_EQ(adapter->decode(R"({"embeddings":[[1,2],[3,4]]})", 2)->vectors, both);
  for (const char* bad : {R"({"embedding":[1]})", R"({"embeddings":[[1]]})", R"({"embeddings":{}})",
                          R"({"embeddings":{"float":[[1],["x"]]}})", "{}", "[]", "{"}) {
    const auto got = adapter->decode(bad, 2);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Code::upstream_error) << bad;
  }
}

std::unique_ptr<EmbeddingAdapter> vertex() {
  return gemini::make_vertex_embeddings({.prefix = "", .vertex = true});
}

TEST(VertexEmbeddings, text_models_predict_and_later_ones_embed_content) {
  EmbeddingRequest request = two_texts();
  request.input_type = "search_query";
  request.dimensions = 256;
  request.truncate = "NONE";
  const auto predict = vertex()->encode(request, for_model("text-embedding-005"));
  ASSERT_TRUE(predict) << predict.error().message;
  EXPECT_EQ(predict->path, "/models/text-embedding-005:predict");
  EXPECT_EQ(predict->body, R"({"instances":[{"content":"a","task_type":"RETRIEVAL_QUERY"},)"
                           R"({"content":"b \"quoted\"","task_type":"RETRIEVAL_QUERY"}],)"
                           R"("parameters":{"outputDimensionality":256,"autoTruncate":false}})");
  EXPECT_EQ(vertex()->encode(one_text(), for_model("gemini-embedding-001"))->body,
            R"({"instances":[{"content":"a"}]})");
  request = one_text();
  request.input_type = "document";
  request.dimensions = 8;
  const auto content = vertex()->encode(request, for_model("gemini-embedding-2"));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->path, "/models/gemini-embedding-2:embedContent");
  EXPECT_EQ(content->body, R"({"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT",)"
                           R"("outputDimensionality":8})");
}

TEST(VertexEmbeddings, what_they_have_not_is_refused_by_name) {
  const EncodeOptions text = for_model("text-embedding-005");
  EXPECT_EQ(param_of(vertex()->encode(two_texts(), for_model("gemini-embedding-2"))), "input");
  EmbeddingRequest request = one_text();
  request.truncate = "START";
  EXPECT_EQ(param_of(vertex()->encode(request, text)), "truncate");
  EXPECT_EQ(param_of(vertex()->encode(request, for_model("gemini-embedding-2"))), "truncate");
  request = one_text();
  request.input_type = "image";
  EXPECT_EQ(param_of(vertex()->encode(request, text)), "input_type");
  request = one_text();
  request.unknown_fields = {"x"};
  EXPECT_EQ(param_of(vertex()->encode(request, text)), "x");
  request = one_text();
  request.inputs = {std::vector<std::int64_t>{1}};
  EXPECT_EQ(param_of(vertex()->encode(request, text)), "input");
}

TEST(VertexEmbeddings, predictions_are_read_and_counted) {
  const auto got = vertex()->decode(
      R"({"predictions":[
          {"embeddings":{"values":[1,2],"statistics":{"truncated":false,"token_count":3}}},
          {"embeddings":{"values":[3,4],"statistics":{"truncated":false,"token_count":4}}}],
          "metadata":{"billableCharacterCount":9}})",
      2);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->vectors, (std::vector<std::vector<float>>{{1, 2}, {3, 4}}));
  EXPECT_EQ(got->usage, (meter::Usage{.input = 7}));
  EXPECT_FALSE(vertex()->decode(R"({"predictions":[{"embeddings":{"values":[1]}}]})", 1)->usage);
  for (const char* bad :
       {R"({"predictions":[]})", R"({"predictions":[{"embeddings":{"values":[]}}]})",
        R"({"predictions":[{"embeddings":{"values":[1]}},{"embeddings":{"values":[1]}}]})", "{}"}) {
    EXPECT_FALSE(vertex()->decode(bad, 1)) << bad;
  }
}

TEST(CloudEmbeddings, the_configured_providers_have_them) {
  ProviderConfig bedrock;
  bedrock.kind = ProviderKind::bedrock;
  EXPECT_NE(make_adapters(bedrock).embeddings, nullptr);
  ProviderConfig google;
  google.kind = ProviderKind::gemini;
  google.base_url =
      "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/"
      "publishers/google";
  const Adapters vertex = make_adapters(google);
  ASSERT_NE(vertex.embeddings, nullptr);
  EXPECT_EQ(vertex.embeddings->encode(one_text(), for_model("text-embedding-005"))->path,
            "/models/text-embedding-005:predict");
}

}  // namespace

}  // namespace maester::gateway
