#include <gtest/gtest.h>

#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/said.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

constexpr const char* kClaude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

Result<ProviderRequest> translate(std::string_view openai_body, const char* model = kClaude) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = model;
  options.stream = chat.request.stream;
  return bedrock::make_provider()->encode(chat.request, options);
}
std::string body_of(std::string_view openai_body, const char* model = kClaude) {
  const auto got = translate(openai_body, model);
  return got ? got->body : got.error().param + ": " + got.error().message;
}
std::string with(std::string_view fields) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + std::string(fields) + "}";
}
const std::string kHead = R"({"messages":[{"role":"user","content":[{"text":"hi"}]}])";

TEST(BedrockRequest, paths_hold_the_model_encoded) {
  EXPECT_EQ(translate(with(R"("n":1)"))->path,
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
  const auto stream = translate(with(R"("stream":true)"), "arn:aws:bedrock:x:1:m/a");
  EXPECT_EQ(stream->path, "/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Am%2Fa/converse-stream");
  EXPECT_EQ(stream->headers.get("accept"), "application/vnd.amazon.eventstream");
}

TEST(BedrockRequest, roles_calls_and_results_are_mapped) {
  EXPECT_EQ(
      body_of(R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"b"},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"c.1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c.1","content":"x"},{"role":"user","content":"z"}]})"),
      R"({"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"b"}]},)"
      R"({"role":"assistant","content":[{"toolUse":{"toolUseId":"c_1","name":"f","input":{"a":1}}}]},)"
      R"({"role":"user","content":[{"toolResult":{"toolUseId":"c_1","content":[{"text":"x"}]}},)"
      R"({"text":"z"}]}],"inferenceConfig":{}})");
}

TEST(BedrockRequest, media_find_their_formats) {
  EXPECT_EQ(
      body_of(R"({"messages":[{"role":"user","content":[
         {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,QUJD"}},
         {"type":"file","file":{"filename":"My  report_1.pdf","file_data":"data:application/pdf;base64,QUJD"}}]}]})"),
      R"({"messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"QUJD"}}},)"
      R"({"document":{"format":"pdf","name":"My report 1","source":{"bytes":"QUJD"}}}]}],)"
      R"("inferenceConfig":{}})");
}

TEST(BedrockRequest, parameters_are_mapped) {
  EXPECT_EQ(body_of(with(R"("max_tokens":5,"temperature":0.5,"top_p":0.9,"stop":["x"])")),
            kHead + R"(,"inferenceConfig":{"maxTokens":5,"temperature":0.5,"topP":0.9,)"
                    R"("stopSequences":["x"]}})");
  EXPECT_EQ(body_of(with(R"("tools":[{"type":"function","function":{"name":"f","strict":true,
       "parameters":{"type":"object"}}}],"tool_choice":"required")")),
            kHead + R"(,"inferenceConfig":{},"toolConfig":{"tools":[{"toolSpec":{"name":"f",)"
                    R"("inputSchema":{"json":{"type":"object"}},"strict":true}}],)"
                    R"("toolChoice":{"any":{}}}})");
  EXPECT_EQ(body_of(with(R"("response_format":{"type":"json_schema","json_schema":{"name":"n",
       "schema":{"type":"object"}}})")),
            kHead +
                R"(,"inferenceConfig":{},"outputConfig":{"textFormat":{"type":"json_schema",)"
                R"("structure":{"jsonSchema":{"name":"n","schema":"{\"type\":\"object\"}"}}}}})");
  EXPECT_EQ(body_of(with(R"("reasoning_effort":"low")")),
            kHead + R"(,"inferenceConfig":{"maxTokens":5120},"additionalModelRequestFields":{)"
                    R"("thinking":{"type":"enabled","budget_tokens":1024}}})");
  EXPECT_EQ(body_of(with(R"("reasoning_effort":"low")"), "openai.gpt-oss-120b-1:0"),
            kHead + R"(,"inferenceConfig":{},"additionalModelRequestFields":{)"
                    R"("reasoning_effort":"low"}})");
}

TEST(BedrockRequest, marks_of_the_cache_become_points_behind_what_is_cached) {
  ChatRequest request;
  const std::string mark = R"({"type":"ephemeral","ttl":"1h"})";
  request.messages.push_back(said(Role::user, {TextPart{"a", mark}}));
  request.tools.push_back({"f", {}, {}, {}, R"({"type":"ephemeral"})"});
  EncodeOptions options;
  options.upstream_model = kClaude;
  const auto got = bedrock::make_provider()->encode(request, options);
  ASSERT_TRUE(got);
  EXPECT_NE(got->body.find(R"([{"text":"a"},{"cachePoint":{"type":"default","ttl":"1h"}}])"),
            std::string::npos);
  EXPECT_NE(got->body.find(R"("inputSchema":{"json":{"type":"object","properties":{}}}}},)"
                           R"({"cachePoint":{"type":"default"}}])"),
            std::string::npos);
}

TEST(BedrockRequest, what_cannot_be_said_is_refused_by_name) {
  const std::string tool = R"("tools":[{"type":"function","function":{"name":"f"}}])";
  const std::vector<std::tuple<std::string, std::string, const char*>> cases = {
      {with(R"("seed":1)"), "seed", kClaude},
      {with(R"("n":2)"), "n", kClaude},
      {with(R"("presence_penalty":0.5)"), "presence_penalty", kClaude},
      {with(R"("logit_bias":{"1":2})"), "logit_bias", kClaude},
      {with(tool + R"(,"parallel_tool_calls":false)"), "parallel_tool_calls", kClaude},
      {with(R"("reasoning_effort":"low")"), "reasoning_effort", "us.meta.llama4-v1:0"},
      {with(R"("response_format":{"type":"json_object"})"), "response_format", kClaude},
      {R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png"}}]}]})",
       "messages[0].content", kClaude},
      {R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}}]}]})",
       "messages[0].content", kClaude},
      {R"({"messages":[{"role":"user","name":"bob","content":"a"}]})", "messages[0].name",
       kClaude}};
  for (const auto& [body, param, model] : cases) {
    const auto got = translate(body, model);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().code, Code::invalid_request);
    EXPECT_EQ(got.error().param, param) << body;
  }
  // `none` is the same as no tools, unless calls were made.
  EXPECT_EQ(body_of(with(tool + R"(,"tool_choice":"none")")), kHead + R"(,"inferenceConfig":{}})");
}

}  // namespace

}  // namespace maester::gateway
