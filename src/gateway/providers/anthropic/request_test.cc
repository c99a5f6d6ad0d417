#include <gtest/gtest.h>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/said.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

Result<ProviderRequest> translate(std::string_view openai_body,
                                  std::optional<std::int64_t> limit = std::nullopt) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = "claude";
  options.stream = chat.request.stream;
  options.source_body = openai_body;
  options.max_tokens = limit;
  return anthropic::make_provider({})->encode(chat.request, options);
}
std::string body_of(std::string_view openai_body,
                    std::optional<std::int64_t> limit = std::nullopt) {
  const auto got = translate(openai_body, limit);
  return got ? got->body : got.error().param + ": " + got.error().message;
}
std::string with(std::string_view fields) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + std::string(fields) + "}";
}
const std::string kHead = R"({"model":"claude","max_tokens":4096,"messages":[{"role":"user",)"
                          R"("content":[{"type":"text","text":"hi"}]}])";

TEST(AnthropicRequest, system_and_developer_become_system_and_neighbours_merge) {
  EXPECT_EQ(body_of(R"({"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"},
                 {"role":"user","content":""},{"role":"user","content":"c"},
                 {"role":"developer","content":"d"},{"role":"assistant","content":"e"}]})",
                    9),
            R"({"model":"claude","max_tokens":9,"system":[{"type":"text","text":"a"},)"
            R"({"type":"text","text":"d"}],"messages":[{"role":"user","content":[)"
            R"({"type":"text","text":"b"},{"type":"text","text":"c"}]},)"
            R"({"role":"assistant","content":[{"type":"text","text":"e"}]}]})");
}

TEST(AnthropicRequest, calls_become_tool_use_and_results_are_the_users) {
  EXPECT_EQ(body_of(R"({"messages":[{"role":"user","content":"b"},
        {"role":"assistant","content":null,"tool_calls":[
          {"id":"c.1","type":"function","function":{"name":"f","arguments":"{ \"a\": 1 }"}},
          {"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
        {"role":"tool","tool_call_id":"c.1","content":"x"},
        {"role":"tool","tool_call_id":"c2","content":"y"},{"role":"user","content":"z"}]})"),
            R"({"model":"claude","max_tokens":4096,"messages":[{"role":"user","content":[)"
            R"({"type":"text","text":"b"}]},{"role":"assistant","content":[)"
            R"({"type":"tool_use","id":"c_1","name":"f","input":{ "a": 1 }},)"
            R"({"type":"tool_use","id":"c2","name":"g","input":{}}]},{"role":"user","content":[)"
            R"({"type":"tool_result","tool_use_id":"c_1","content":[{"type":"text","text":"x"}]},)"
            R"({"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"y"}]},)"
            R"({"type":"text","text":"z"}]}]})");
}

TEST(AnthropicRequest, images_and_documents_find_their_sources) {
  const std::string got = body_of(
      R"({"messages":[{"role":"user","content":[
         {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},
         {"type":"image_url","image_url":{"url":"https://example.org/a.png"}},
         {"type":"file","file":{"file_data":"data:application/pdf;base64,QUJD"}}]}]})");
  EXPECT_NE(got.find(R"({"type":"image","source":{"type":"base64","media_type":"image/png",)"
                     R"("data":"QUJD"}})"),
            std::string::npos)
      << got;
  EXPECT_NE(
      got.find(R"({"type":"image","source":{"type":"url","url":"https://example.org/a.png"}})"),
      std::string::npos);
  EXPECT_NE(got.find(R"({"type":"document","source":{"type":"base64","media_type":)"),
            std::string::npos);
}

TEST(AnthropicRequest, parameters_are_mapped) {
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f"}}])";
  const std::string written =
      R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}])";
  EXPECT_EQ(body_of(with(tools)), kHead + written + "}");
  const std::vector<std::pair<std::string, std::string>> choices = {
      {R"("tool_choice":"auto")", R"({"type":"auto"})"},
      {R"("tool_choice":"none","parallel_tool_calls":false)", R"({"type":"none"})"},
      {R"("tool_choice":"required")", R"({"type":"any"})"},
      {R"("tool_choice":{"type":"function","function":{"name":"f"}})",
       R"({"type":"tool","name":"f"})"},
      {R"("parallel_tool_calls":false)", R"({"type":"auto","disable_parallel_tool_use":true})"}};
  for (const auto& [in, out] : choices) {
    EXPECT_EQ(body_of(with(tools + "," + in)), kHead + written + ",\"tool_choice\":" + out + "}");
  }
  EXPECT_EQ(body_of(with(R"("temperature":1.0,"top_p":0.5,"stop":"x","user":"u",)"
                         R"("service_tier":"auto","stream":true,"max_tokens":7,)"
                         R"("response_format":{"type":"json_schema","json_schema":{"name":"n",)"
                         R"("schema":{"type":"object"}}})")),
            R"({"model":"claude","max_tokens":7,"messages":[{"role":"user","content":[)"
            R"({"type":"text","text":"hi"}]}],"temperature":1.0,"top_p":0.5,)"
            R"("stop_sequences":["x"],"metadata":{"user_id":"u"},"service_tier":"auto",)"
            R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},)"
            R"("stream":true})");
}

TEST(AnthropicRequest, what_anthropic_cannot_honour_is_refused_by_name) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("n":2)", "n"},
      {R"("seed":1)", "seed"},
      {R"("temperature":1.01)", "temperature"},
      {R"("presence_penalty":0.1)", "presence_penalty"},
      {R"("frequency_penalty":-1)", "frequency_penalty"},
      {R"("logprobs":true)", "logprobs"},
      {R"("logit_bias":{"1":2})", "logit_bias"},
      {R"("modalities":["audio"])", "modalities"},
      {R"("reasoning_effort":"high","temperature":0.5)", "temperature"},
      {R"("reasoning_effort":"low","max_tokens":1000)", "reasoning_effort"},
      {R"("functions":[{"name":"f"}])", "functions"},
      {R"("response_format":{"type":"json_object"})", "response_format"},
      {R"("service_tier":"flex")", "service_tier"}};
  for (const auto& [field, param] : cases) {
    const auto got = translate(with(field));
    ASSERT_FALSE(got) << field;
    EXPECT_EQ(got.error().code, Code::invalid_request);
    EXPECT_EQ(got.error().param, param) << got.error().message;
  }
  for (const std::string field : {R"("n":1)", R"("presence_penalty":0.0)", R"("store":true)"}) {
    EXPECT_TRUE(translate(with(field))) << field;
  }
  const std::vector<std::pair<std::string, std::string>> messages = {
      {R"({"role":"system","content":"x"})", "messages"},
      {R"({"role":"user","name":"ann","content":"x"})", "messages[0].name"},
      {R"({"role":"user","content":[{"type":"input_audio","input_audio":{}}]})",
       "messages[0].content"},
      {R"({"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]})",
       "messages[0].content"},
      {R"({"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1"}}]})",
       "messages[0].tool_calls"},
      {R"({"role":"function","name":"f","content":"x"})", "messages[0].role"}};
  for (const auto& [message, param] : messages) {
    const auto got = translate(R"({"messages":[)" + message + "]}");
    ASSERT_FALSE(got) << message;
    EXPECT_EQ(got.error().param, param) << got.error().message;
  }
}

TEST(AnthropicRequest, the_callers_own_messages_request_is_edited_in_place) {
  EncodeOptions options;
  options.upstream_model = "claude";
  options.source_protocol = Protocol::anthropic_messages;
  options.source_body =
      R"({"model":"a","max_tokens":9,"maester":{},"thinking":{"type":"enabled"}})";
  options.max_tokens = 5;
  const auto got = anthropic::make_provider({})->encode(ChatRequest{}, options);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, R"({"model":"claude","max_tokens":5,"thinking":{"type":"enabled"}})");
  EXPECT_EQ(got->headers.get("anthropic-version"), "2023-06-01");
}

TEST(AnthropicRequest, an_effort_becomes_a_budget_that_the_limit_leaves_room_for) {
  const auto thinking = [](std::string_view fields) {
    const std::string body = body_of(with(fields));
    const std::size_t at = body.find("\"thinking\":");
    const std::string limit = body.substr(18, body.find(",\"messages") - 18);
    return limit + " " + (at == std::string::npos ? "none" : body.substr(at + 11));
  };
  EXPECT_EQ(thinking(R"("reasoning_effort":"medium")"),
            R"("max_tokens":8192 {"type":"enabled","budget_tokens":4096}})");
  EXPECT_EQ(thinking(R"("reasoning_effort":"high","max_tokens":4000)"),
            R"("max_tokens":4000 {"type":"enabled","budget_tokens":2000}})");
  EXPECT_EQ(thinking(R"("reasoning_effort":"none")"), R"("max_tokens":4096 {"type":"disabled"}})");
  EXPECT_EQ(thinking(R"("seed":null)"), R"("max_tokens":4096 none)");
  ChatRequest request;
  request.messages.push_back(said(Role::user, {TextPart{"q", {}}}));
  request.thinking_budget = 3'000;
  request.max_tokens = 3'000;
  EncodeOptions options;
  options.upstream_model = "claude";
  const auto adapter = anthropic::make_provider({});
  EXPECT_EQ(adapter->encode(request, options).error().param, "thinking_budget");
  request.max_tokens = 3'001;
  EXPECT_TRUE(adapter->encode(request, options));
  // A call without the thinking that led to it cannot be gone on with.
  request.messages.push_back(said(Role::assistant, {ToolCall{"c", "f", "{}", {}}}));
  request.messages.push_back(said(Role::tool, {TextPart{"r", {}}}, "c"));
  EXPECT_EQ(adapter->encode(request, options).error().param, "thinking_budget");
  request.messages[1].parts.insert(request.messages[1].parts.begin(),
                                   ThinkingPart{"why", "sig", {}});
  const auto sent = adapter->encode(request, options);
  ASSERT_TRUE(sent);
  EXPECT_NE(sent->body.find(R"({"type":"thinking","thinking":"why","signature":"sig"})"),
            std::string::npos);
}

TEST(AnthropicRequest, cache_marks_of_tools_are_kept) {
  ChatRequest request;
  request.messages.push_back(said(Role::user, {TextPart{"q", {}}}));
  request.tools.push_back({"f", {}, {}, {}, R"({"type":"ephemeral"})"});
  EncodeOptions options;
  options.upstream_model = "claude";
  EXPECT_NE(anthropic::make_provider({})
                ->encode(request, options)
                ->body.find(R"("cache_control":{"type":"ephemeral"})"),
            std::string::npos);
}

}  // namespace

}  // namespace maester::gateway
