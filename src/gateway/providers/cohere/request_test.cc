#include <gtest/gtest.h>

#include "gateway/providers/cohere/cohere.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

Result<ProviderRequest> translate(std::string_view openai_body) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = "command-a";
  options.stream = chat.request.stream;
  return cohere::make_provider({})->encode(chat.request, options);
}
std::string body_of(std::string_view openai_body) {
  const auto got = translate(openai_body);
  return got ? got->body : got.error().param + ": " + got.error().message;
}
std::string with(std::string_view fields) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + std::string(fields) + "}";
}
const std::string kHead = R"({"model":"command-a","messages":[{"role":"user","content":[)"
                          R"({"type":"text","text":"hi"}]}],)";

TEST(CohereRequest, messages_are_mapped) {
  EXPECT_EQ(translate(with(R"("stream":true)"))->path, "/v2/chat");
  EXPECT_EQ(
      body_of(R"({"messages":[{"role":"developer","content":"s"},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"x"}]})"),
      R"({"model":"command-a","messages":[{"role":"system","content":[{"type":"text","text":"s"}]},)"
      R"({"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f",)"
      R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":[{"type":"text",)"
      R"("text":"x"}]}],"stream":false})");
}

TEST(CohereRequest, parameters_are_mapped) {
  EXPECT_EQ(body_of(with(R"("max_tokens":5,"temperature":0.5,"top_p":0.9,"seed":1,"stop":["x"],
        "frequency_penalty":0.1,"stream":true)")),
            kHead + R"("max_tokens":5,"temperature":0.5,"p":0.9,"frequency_penalty":0.1,)"
                    R"("seed":1,"stop_sequences":["x"],"stream":true})");
  EXPECT_EQ(body_of(with(R"("reasoning_effort":"none","response_format":{"type":"json_schema",
        "json_schema":{"name":"n","schema":{"type":"object"}}})")),
            kHead + R"("response_format":{"type":"json_object","json_schema":{"type":"object"}},)"
                    R"("thinking":{"type":"disabled"},"stream":false})");
  EXPECT_EQ(body_of(with(R"("tools":[{"type":"function","function":{"name":"f"}}],
        "tool_choice":"required")")),
            kHead +
                R"("tools":[{"type":"function","function":{"name":"f","parameters":)"
                R"({"type":"object","properties":{}}}}],"tool_choice":"REQUIRED","stream":false})");
}

TEST(CohereRequest, what_cannot_be_said_is_refused_by_name) {
  const std::string tool = R"("tools":[{"type":"function","function":{"name":"f"}}],)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with(R"("n":2)"), "n"},
      {with(R"("logit_bias":{"1":2})"), "logit_bias"},
      {with(tool + R"("parallel_tool_calls":false)"), "parallel_tool_calls"},
      {with(tool + R"("tool_choice":{"type":"function","function":{"name":"f"}})"), "tool_choice"},
      {R"({"messages":[{"role":"user","name":"bob","content":"a"}]})", "messages[0].name"},
      {R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ=="}}]}]})",
       "messages[0].content"}};
  for (const auto& [body, param] : cases) {
    const auto got = translate(body);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().param, param) << body;
  }
}

}  // namespace

}  // namespace maester::gateway
