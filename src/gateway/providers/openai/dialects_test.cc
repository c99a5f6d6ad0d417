// Azure, Mistral, and the imitations by Gemini and Ollama: the same adapter with other flags.
#include <set>

#include "gateway/providers/openai/expected_dialects.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway::testing {

namespace {

constexpr auto kFolders = {"azure-openai", "mistral", "gemini", "ollama"};

bool is_chat(const Exchange& e) {
  return e.api == "chat.completions" || e.api == "v1beta.openai.chat.completions";
}

openai::Config mistral() {
  return {.semantic_name = "mistral_ai", .tolerant = true, .mistral = true};
}

std::unique_ptr<Provider> adapter_for(const Exchange& e) {
  if (e.provider == "mistral") return openai::make_provider(mistral());
  return openai::make_provider({.tolerant = e.provider != "azure-openai"});
}

TEST(DialectFixtures, every_chat_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_dialects()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (is_chat(e) && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 19u);
}

TEST(DialectFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, kFolders);
  for (const Expected& expected : expected_dialects()) {
    const Exchange& e = exchanges.at(expected.id);
    const auto got = read_exchange(*adapter_for(e), e);
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
}

TEST(DialectFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (!is_chat(e) || !e.streaming) continue;
    const auto adapter = adapter_for(e);
    EXPECT_TRUE(deliver_whole(*adapter, e.body).complete) << id;
    expect_cut_invariant(*adapter, e);
  }
}

TEST(DialectFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {{"azure-openai-001", ErrorClass::rate_limited},
                                                     {"azure-openai-004", ErrorClass::request},
                                                     {"mistral-001", ErrorClass::credential},
                                                     {"mistral-002", ErrorClass::rate_limited}};
  std::size_t seen = 0;
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (!is_chat(e) || e.status < 400) continue;
    ++seen;
    ASSERT_TRUE(classes.contains(id)) << id;
    const ProviderError got = adapter_for(e)->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_FALSE(got.message.empty()) << id;
    if (id == "azure-openai-001") EXPECT_EQ(got.retry_after, std::chrono::seconds(41));
  }
  EXPECT_EQ(seen, classes.size());
}

Result<ProviderRequest> translate(std::string_view openai_body, const openai::Config& config,
                                  std::string_view model = "m") {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = model;
  options.stream = chat.request.stream;
  options.source_body = openai_body;
  return openai::make_provider(config)->encode(chat.request, options);
}

TEST(MistralRequest, its_dialect_is_written) {
  const auto got = translate(
      R"({"stream":true,"seed":7,"user":"u","store":true,"safe_prompt":true,"messages":[
        {"role":"developer","content":"d"},{"role":"user","content":"q"},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"call_long_one","type":"function","function":{"name":"f","arguments":"{}"}},
          {"id":"abcDEF123","type":"function","function":{"name":"g","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"call_long_one","content":"1"},
        {"role":"tool","tool_call_id":"abcDEF123","content":"2"}]})",
      mistral());
  ASSERT_TRUE(got) << got.error().message;
  const std::string& body = got->body;
  EXPECT_NE(body.find(R"({"role":"system","content":"d"})"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("random_seed":7)"), std::string::npos);
  EXPECT_NE(body.find(R"("safe_prompt":true)"), std::string::npos);
  EXPECT_NE(body.find(R"("stream":true})"), std::string::npos);
  for (const char* field : {"stream_options", "\"user\":", "\"store\"", "\"seed\""}) {
    EXPECT_EQ(body.find(field), std::string::npos) << field;
  }
  // Nine letters and digits, the same at the call and at its result.
  EXPECT_EQ(body.find("call_long_one"), std::string::npos);
  const std::size_t at = body.find(R"("tool_calls":[{"id":")") + 21;
  const std::string id = body.substr(at, 9);
  EXPECT_EQ(body[at + 9], '"');
  EXPECT_NE(body.find(R"("tool_call_id":")" + id + "\""), std::string::npos);
  EXPECT_NE(body.find(R"("tool_call_id":"abcDEF123")"), std::string::npos);
}

TEST(MistralRequest, what_it_cannot_say_is_refused_by_name) {
  const auto refused = [](const std::string& fields) {
    const auto got =
        translate(R"({"messages":[{"role":"user","content":"q"}],)" + fields + "}", mistral());
    return got ? std::string("sent") : got.error().param;
  };
  EXPECT_EQ(refused(R"("logit_bias":{"1":1})"), "logit_bias");
  EXPECT_EQ(refused(R"("logprobs":true)"), "logprobs");
  EXPECT_EQ(refused(R"("safe_prompt":false)"), "sent");
  const auto named =
      translate(R"({"messages":[{"role":"user","name":"bob","content":"q"}]})", mistral());
  EXPECT_EQ(named.error().param, "messages[0].name");
}

TEST(MistralAdapter, its_bytes_are_translated_for_everyone) {
  EXPECT_FALSE(openai::make_provider(mistral())->speaks(Protocol::openai_chat));
  EXPECT_TRUE(openai::make_provider({})->speaks(Protocol::openai_chat));
}

TEST(AzureRequest, deployments_and_versions_are_in_the_path) {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"q"}]})";
  openai::Config config{.key_header = "api-key"};
  config.endpoint = {.prefix = "/openai", .deployments = true, .query = "api-version=2024-10-21"};
  EXPECT_EQ(translate(body, config, "my dep")->path,
            "/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(openai::make_provider(config)->credential_header("K").name, "api-key");
  EXPECT_EQ(openai::make_provider(config)->credential_header("K").value, "K");
  config.endpoint = {.prefix = "/openai/v1"};
  EXPECT_EQ(translate(body, config)->path, "/openai/v1/chat/completions");
}

Delivered read(std::initializer_list<std::string> events) {
  std::string body;
  for (const std::string& e : events) sse::append_event(body, "", e);
  return deliver_whole(*openai::make_provider({.tolerant = true, .think_tags = true}), body);
}
std::string text(const std::string& content) {
  return R"({"choices":[{"index":0,"delta":{"content":")" + content + R"("}}]})";
}

TEST(ThinkTagsInStreams, are_taken_out_wherever_the_stream_is_cut) {
  const std::string end = R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
  for (const auto& pieces : std::vector<std::vector<std::string>>{
           {"<think>why</think>\\n\\nso <think>", "x"},
           {"\\n<th", "ink>w", "hy</", "think", ">\\n", "\\nso <think>x"},
           {"<", "think>why<", "/think>so ", "<think>x"}}) {
    std::string body;
    for (const std::string& piece : pieces) sse::append_event(body, "", text(piece));
    sse::append_event(body, "", end);
    const Delivered got =
        deliver_whole(*openai::make_provider({.tolerant = true, .think_tags = true}), body);
    EXPECT_EQ(got.sum.response().choices[0].reasoning, "why");
    EXPECT_EQ(got.sum.response().choices[0].content, "so <think>x");
  }
  EXPECT_EQ(read({text("<thin"), end}).sum.response().choices[0].content, "<thin");
  EXPECT_EQ(read({text("<think>a"), end}).sum.response().choices[0].reasoning, "a");
  const auto whole = openai::make_provider({.tolerant = true, .think_tags = true})
                         ->decode(R"({"choices":[{"message":{"content":"<think>a</think>b"}}]})");
  EXPECT_EQ(whole->choices[0].reasoning, "a");
  EXPECT_EQ(whole->choices[0].content, "b");
  // Left alone unless asked for.
  EXPECT_EQ(openai::make_provider({.tolerant = true})
                ->decode(R"({"choices":[{"message":{"content":"<think>a</think>b"}}]})")
                ->choices[0]
                .content,
            "<think>a</think>b");
}

TEST(GeminiSignatures, are_kept_by_its_imitation_too) {
  const auto adapter = openai::make_provider({.tolerant = true});
  const auto got = adapter->decode(
      R"({"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":{"thought_signature":"SIG"}}}]}}]})");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->choices[0].tool_calls[0].signature, "SIG");
  ChatRequest request;
  Message message;
  message.role = Role::assistant;
  message.parts = {got->choices[0].tool_calls[0]};
  request.messages = {message};
  EncodeOptions options;
  options.upstream_model = "m";
  EXPECT_NE(adapter->encode(request, options)
                ->body.find(R"("extra_content":{"google":{"thought_signature":"SIG"}})"),
            std::string::npos);
}

}  // namespace

}  // namespace maester::gateway::testing
