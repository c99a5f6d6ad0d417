#include "gateway/providers/ollama/ollama.h"

#include <set>

#include "gateway/providers/ollama/expected.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway::testing {

namespace {

TEST(OllamaFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_ollama()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, {"ollama"})) {
    if (e.api == "ollama.chat" && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_EQ(known.size(), 4u);
}

TEST(OllamaFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = ollama::make_provider();
  const auto exchanges = exchanges_of(shared, {"ollama"});
  for (const Expected& expected : expected_ollama()) {
    const auto got = read_exchange(*adapter, exchanges.at(expected.id));
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
  EXPECT_EQ(adapter->decode(exchanges.at("ollama-004").body)->created, 1716580891);
}

TEST(OllamaFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = ollama::make_provider();
  for (const auto& [id, e] : exchanges_of(shared, {"ollama"})) {
    if (e.api != "ollama.chat" || !e.streaming) continue;
    expect_cut_invariant(*adapter, e);
    EXPECT_TRUE(deliver_whole(*adapter, e.body).complete) << id;
    const std::string_view body = e.body;
    const std::size_t last = body.find("\"done\":true");
    EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, body.rfind('\n', last))).complete) << id;
    const Delivered torn = deliver_whole(*adapter, body.substr(0, last));
    EXPECT_FALSE(torn.complete) << id;
    EXPECT_TRUE(torn.failure) << id;
  }
}

TEST(OllamaFixtures, a_missing_model_is_the_requests_fault) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Exchange e = exchanges_of(shared, {"ollama"}).at("ollama-003");
  const ProviderError got = ollama::make_provider()->classify(e.status, e.headers, e.body);
  EXPECT_EQ(got.error_class, ErrorClass::request);
  EXPECT_EQ(got.message, "model \"llama9\" not found, try pulling it first");
}

// /api/generate is not spoken here, and is not mistaken for a chat.
TEST(OllamaFixtures, generations_are_no_half_answers) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"ollama"});
  EXPECT_FALSE(ollama::make_provider()->decode(exchanges.at("ollama-008").body));
  const Delivered stream = deliver_whole(*ollama::make_provider(), exchanges.at("ollama-009").body);
  EXPECT_TRUE(stream.sum.response().choices.empty() ||
              stream.sum.response().choices[0].content.empty());
}

TEST(OllamaStream, thinking_calls_and_errors) {
  const auto adapter = ollama::make_provider();
  const Delivered got = deliver_whole(
      *adapter,
      "{\"model\":\"m\",\"message\":{\"thinking\":\"hm\"},\"done\":false}\r\n\n"
      "{\"message\":{\"content\":\"a\",\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}}\n"
      "{\"message\":{},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":3}");
  EXPECT_TRUE(got.complete);
  const Choice& choice = got.sum.response().choices.at(0);
  EXPECT_EQ(choice.reasoning, "hm");
  EXPECT_EQ(choice.tool_calls, (std::vector<ToolCall>{{"", "f", "{}"}}));
  EXPECT_EQ(choice.finish, FinishReason::tool_calls);
  // The prompt was in its cache and is not counted: that is not nothing.
  EXPECT_EQ(got.sum.response().usage->provenance, meter::Provenance::estimated);
  const Delivered failed =
      deliver_whole(*adapter,
                    "{\"message\":{\"content\":\"a\"}}\n{\"error\":\"out of memory\"}\n"
                    "{\"message\":{},\"done\":true}\n");
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->error_class, ErrorClass::retryable);
  EXPECT_FALSE(failed.complete);
}

Result<ProviderRequest> translate(std::string_view openai_body, std::string_view model = "llama") {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = model;
  options.stream = chat.request.stream;
  return ollama::make_provider()->encode(chat.request, options);
}

TEST(OllamaRequest, is_written_as_it_wants_it) {
  const auto got = translate(
      R"({"max_tokens":9,"temperature":0.1,"seed":4,"reasoning_effort":"low","messages":[
        {"role":"user","content":[{"type":"text","text":"see"},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c","content":"x"}],
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}})");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->path, "/api/chat");
  EXPECT_EQ(
      got->body,
      R"({"model":"llama","messages":[{"role":"user","content":"see","images":["QUJD"]},)"
      R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},)"
      R"({"role":"tool","content":"x","tool_name":"f"}],"format":{"type":"object"},"think":true,)"
      R"("options":{"num_predict":9,"temperature":0.1,"seed":4},"stream":false})");
  EXPECT_NE(translate(R"({"reasoning_effort":"low","messages":[{"role":"user","content":"q"}]})",
                      "gpt-oss:20b")
                ->body.find(R"("think":"low")"),
            std::string::npos);
}

TEST(OllamaRequest, what_cannot_be_said_is_refused_by_name) {
  const auto refused = [](const std::string& fields) {
    const auto got = translate(R"({"messages":[{"role":"user","content":"q"}],)" + fields + "}");
    return got ? std::string("sent") : got.error().param;
  };
  EXPECT_EQ(refused(R"("n":2)"), "n");
  EXPECT_EQ(refused(R"("logit_bias":{"1":1})"), "logit_bias");
  EXPECT_EQ(
      refused(R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required")"),
      "tool_choice");
  const auto url = translate(
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a"}}]}]})");
  EXPECT_EQ(url.error().param, "messages[0].content");
}

TEST(OllamaEmbeddings, are_written_and_read) {
  const auto adapter = ollama::make_embeddings();
  EmbeddingRequest request;
  request.inputs = {std::string("a"), std::string("b")};
  EncodeOptions options;
  options.upstream_model = "e";
  EXPECT_EQ(adapter->encode(request, options)->body, R"({"model":"e","input":["a","b"]})");
  const auto got =
      adapter->decode(R"({"model":"e","embeddings":[[1,2],[3,4]],"prompt_eval_count":5})", 2);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->vectors[1], (std::vector<float>{3, 4}));
  EXPECT_EQ(got->usage, (meter::Usage{.input = 5}));
  EXPECT_FALSE(adapter->decode(R"({"embeddings":[[1]]})", 2));
}

}  // namespace

}  // namespace maester::gateway::testing
