#include "gateway/surfaces/anthropic_messages.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/sse.h"
#include "gateway/providers/anthropic/anthropic.h"

namespace maester::gateway {
namespace {

// The document must outlive the views of the result.
struct Parsed {
  json::Document doc;
  Result<ParsedChat> chat;
};
Parsed parse(std::string_view body, MessagesUse use = MessagesUse::answer) {
  auto doc = json::Document::parse(body);
  if (!doc) return {json::Document(), fail(doc.error())};
  Parsed out{std::move(*doc), fail(Code::internal, "")};
  out.chat = parse_anthropic_messages(out.doc, {}, use);
  return out;
}

std::string body_with(std::string_view field) {
  return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],)" +
         std::string(field) + "}";
}

TEST(AnthropicSurface, reads_every_kind_of_block) {
  const auto got = parse(R"({"model":"m","max_tokens":9,
    "system":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral"}}],
    "messages":[
    {"role":"user","content":[{"type":"text","text":"what is"},
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},
      {"type":"image","source":{"type":"url","url":"https://example.org/a.png"}},
      {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"QUJD"},
       "title":"T","context":"C","citations":{"enabled":true}},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}},
      {"type":"document","source":{"type":"file","file_id":"f1"}}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
      {"type":"redacted_thinking","data":"r"},
      {"type":"tool_use","id":"c1","name":"f","input":{"a":1}}]},
    {"role":"user","content":[
      {"type":"tool_result","tool_use_id":"c1","is_error":true,"content":[
        {"type":"text","text":"42"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]},
      {"type":"text","text":"go on"}]}]})");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const auto& m = got.chat->request.messages;
  ASSERT_EQ(m.size(), 5u);
  EXPECT_EQ(m[0].role, Role::system);
  EXPECT_EQ(std::get<TextPart>(m[0].parts[0]).cache_control, R"({"type":"ephemeral"})");
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[1]).data, "QUJD");
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[2]).url, "https://example.org/a.png");
  const auto& pdf = std::get<DocumentPart>(m[1].parts[3]);
  EXPECT_EQ(pdf.title + pdf.context, "TC");
  EXPECT_TRUE(pdf.citations);
  EXPECT_EQ(std::get<DocumentPart>(m[1].parts[4]).text, "words");
  EXPECT_EQ(std::get<OpaquePart>(m[1].parts[5]).type, "document");
  EXPECT_EQ(std::get<ThinkingPart>(m[2].parts[0]), (ThinkingPart{"hm", "s", ""}));
  EXPECT_EQ(std::get<ThinkingPart>(m[2].parts[1]), (ThinkingPart{"", "", "r"}));
  EXPECT_EQ(std::get<ToolCall>(m[2].parts[2]), (ToolCall{"c1", "f", R"({"a":1})"}));
  EXPECT_EQ(m[3].role, Role::tool);
  EXPECT_EQ(m[3].tool_call_id, "c1");
  EXPECT_TRUE(m[3].tool_error);
  EXPECT_EQ(m[3].parts.size(), 2u);
  EXPECT_EQ(m[4].role, Role::user);
}

TEST(AnthropicSurface, reads_every_parameter) {
  const auto got = parse(body_with(
      R"("temperature":0.70,"top_p":1,"top_k":5,"stop_sequences":["a","b"],"stream":true,
      "metadata":{"user_id":"u"},"service_tier":"standard_only",
      "thinking":{"type":"enabled","budget_tokens":2048},
      "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true}],
      "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
      "output_config":{"effort":"max","format":{"type":"json_schema","schema":{"type":"object"}}}
      ,"maester":{"metadata":{"a":"b"}})"));
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const ChatRequest& r = got.chat->request;
  EXPECT_EQ(r.temperature, "0.70");
  EXPECT_EQ(r.top_k, 5);
  EXPECT_EQ(r.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(r.stream);
  EXPECT_EQ(r.user, "u");
  EXPECT_EQ(r.service_tier, "default");
  EXPECT_EQ(r.thinking_budget, 2048);
  EXPECT_EQ(r.reasoning_effort, "xhigh");
  ASSERT_EQ(r.tools.size(), 1u);
  EXPECT_EQ(r.tools[0].strict, true);
  EXPECT_EQ(r.tool_choice->mode, ToolChoice::Mode::named);
  EXPECT_EQ(r.parallel_tool_calls, false);
  EXPECT_EQ(r.response_format->schema, R"({"type":"object"})");
  EXPECT_TRUE(r.unknown_fields.empty());
  EXPECT_TRUE(got.chat->maester.get("metadata").is_object());
}

TEST(AnthropicSurface, what_no_type_holds_is_named) {
  const auto got = parse(body_with(
      R"("mcp_servers":[],"tools":[{"type":"web_search_20250305","name":"web_search"},
      {"name":"f","input_schema":{"type":"object"},"defer_loading":true}],
      "thinking":{"type":"adaptive","display":"omitted"},"metadata":{"trace":"x"},
      "output_config":{"task_budget":{"tokens":1}})"));
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  EXPECT_EQ(
      got.chat->request.unknown_fields,
      (std::vector<std::string>{"tools[0].type", "tools[1].defer_loading", "thinking.display",
                                "output_config.task_budget", "metadata.trace", "mcp_servers"}));
}

TEST(AnthropicSurface, bad_input_names_the_field) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"model":"m","messages":[{"role":"user","content":"x"}]})", "max_tokens"},
      {body_with(R"("temperature":1.5)"), "temperature"},
      {body_with(R"("tool_choice":{"type":"all"})"), "tool_choice.type"},
      {body_with(R"("thinking":{"type":"enabled"})"), "thinking.budget_tokens"},
      {body_with(R"("model":"twice")"), "model"},
      {body_with(R"("metadata":{"user_id":"a","user_id":"b"})"), "metadata.user_id"},
      {body_with(R"("stop_sequences":"a")"), "stop_sequences"},
      {R"({"max_tokens":1,"messages":[{"role":"tool","content":"x"}]})", "messages[0].role"},
      {R"({"max_tokens":1,"messages":[{"role":"user"}]})", "messages[0].content"},
      {R"({"max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":
        {"type":"base64"}}]}]})",
       "messages[0].content[0].source.data"},
      {R"({"max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result"}]}]})",
       "messages[0].content[0].tool_use_id"},
      {R"({"max_tokens":1,"messages":[]})", "messages"},
  };
  for (const auto& [body, param] : cases) {
    const auto got = parse(body);
    ASSERT_FALSE(got.chat) << body;
    EXPECT_EQ(got.chat.error().code, Code::invalid_request);
    EXPECT_EQ(got.chat.error().param, param) << body;
  }
}

TEST(AnthropicSurface, a_count_needs_no_max_tokens) {
  EXPECT_TRUE(
      parse(R"({"messages":[{"role":"user","content":"x"}]})", MessagesUse::count_tokens).chat);
}

ChatResponse rich_answer() {
  ChatResponse response;
  response.id = "x1";
  response.model = "m1";
  Choice& choice = response.choices.emplace_back();
  choice.reasoning = "because";
  choice.thinking.push_back({"because", "sig", ""});
  choice.content = "text";
  choice.tool_calls = {{"c1", "f", R"({"a":1})"}, {"", "g", ""}};
  choice.finish = FinishReason::stop;
  response.usage.emplace();
  response.usage->input = 5;
  response.usage->cached_input = 2;
  response.usage->cache_write_1h = 3;
  response.usage->output = 4;
  response.usage->reasoning = 1;
  return response;
}

TEST(AnthropicSurface, writes_a_whole_answer_that_its_own_adapter_reads_back) {
  const std::string body = encode_anthropic_response(rich_answer(), {.maester = R"({"a":1})"});
  const auto back = anthropic::make_provider({})->decode(body);
  ASSERT_TRUE(back) << back.error().message;
  const Choice& choice = back->choices.at(0);
  EXPECT_EQ(choice.content, "text");
  EXPECT_EQ(choice.reasoning, "because");
  ASSERT_EQ(choice.tool_calls.size(), 2u);
  EXPECT_EQ(choice.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(choice.tool_calls[1].arguments, "{}");
  EXPECT_EQ(choice.finish, FinishReason::tool_calls) << "calls are told by the stop reason";
  EXPECT_EQ(back->usage->prompt_tokens(), 10);
  EXPECT_EQ(back->usage->cached_input, 2);
  EXPECT_EQ(back->usage->completion_tokens(), 5);
  EXPECT_NE(body.find(R"("maester":{"a":1})"), std::string::npos);
  EXPECT_NE(body.find(R"("signature":"sig")"), std::string::npos);
}

// Events as type and data; checks that blocks open and close one after another.
std::vector<std::string> events_of(const std::string& bytes) {
  std::vector<std::string> out;
  sse::Decoder sse;
  sse::Event event;
  sse.feed(bytes);
  std::int64_t open = -1, next = 0;
  while (*sse.next(event)) {
    const auto doc = json::Document::parse(event.data);
    EXPECT_TRUE(doc) << event.data;
    const auto root = doc->root();
    EXPECT_EQ(root.get("type").string_or(""), event.type);
    if (event.type == "content_block_start") {
      EXPECT_EQ(open, -1);
      EXPECT_EQ(open = root.get("index").int_or(-2), next++);
    } else if (event.type == "content_block_delta") {
      EXPECT_EQ(root.get("index").int_or(-2), open);
    } else if (event.type == "content_block_stop") {
      EXPECT_EQ(root.get("index").int_or(-2), open);
      open = -1;
    }
    out.emplace_back(event.type);
  }
  EXPECT_EQ(open, -1);
  return out;
}

ChatResponse read_back(const std::string& bytes) {
  const auto provider = anthropic::make_provider({});
  const auto decoder = provider->stream_decoder();
  StreamAccumulator sum;
  sse::Decoder sse;
  sse::Event event;
  sse.feed(bytes);
  while (*sse.next(event)) {
    std::vector<StreamEvent> events;
    const auto outcome = decoder->decode(event, events);
    EXPECT_TRUE(outcome);
    for (const auto& each : events) EXPECT_TRUE(sum.add(each));
  }
  EXPECT_TRUE(decoder->complete());
  return sum.response();
}

TEST(AnthropicSurface, streams_blocks_in_turn) {
  AnthropicEventEncoder encoder({.id = "own"});
  std::string out;
  encoder.append(out, StreamStart{"x1", "m1", 0});
  encoder.append(out, ReasoningDelta{0, "hm"});
  encoder.append(out, ThinkingSigned{0, "sig", {}});
  encoder.append(out, TextDelta{0, "a"});
  encoder.append(out, TextDelta{0, "b\"\n"});
  encoder.append(out, ToolCallDelta{0, 0, "c1", "f", R"({"x")"});
  encoder.append(out, ToolCallDelta{0, 0, {}, {}, ":1}"});
  encoder.append(out, ToolCallDelta{0, 1, "c2", "g", "{}"});
  encoder.append(out, StreamFinish{0, FinishReason::tool_calls, "tool_calls"});
  meter::Usage usage;
  usage.input = 7;
  usage.output = 3;
  encoder.append(out, StreamUsage{usage, "default"});
  encoder.append_end(out, R"({"k":1})");
  const auto types = events_of(out);
  EXPECT_EQ(types.front(), "message_start");
  EXPECT_EQ(types[types.size() - 2], "message_delta");
  EXPECT_EQ(types.back(), "message_stop");
  EXPECT_NE(out.find(R"({"type":"message_stop","maester":{"k":1}})"), std::string::npos);
  const ChatResponse back = read_back(out);
  EXPECT_EQ(back.id, "x1");
  EXPECT_EQ(back.choices.at(0).content, "ab\"\n");
  EXPECT_EQ(back.choices.at(0).reasoning, "hm");
  ASSERT_EQ(back.choices.at(0).tool_calls.size(), 2u);
  EXPECT_EQ(back.choices.at(0).tool_calls[0], (ToolCall{"c1", "f", R"({"x":1})"}));
  EXPECT_EQ(back.choices.at(0).finish, FinishReason::tool_calls);
  EXPECT_EQ(back.usage->input, 7);
  EXPECT_EQ(back.usage->output, 3);
}

// Servers that send the arguments of parallel calls by turns: Anthropic's blocks cannot.
TEST(AnthropicSurface, interleaved_calls_wait_for_their_turn) {
  AnthropicEventEncoder encoder({});
  std::string out;
  encoder.append(out, ToolCallDelta{0, 0, "c1", "f", R"({"x")"});
  encoder.append(out, ToolCallDelta{0, 1, "c2", "g", R"({"y")"});
  encoder.append(out, TextDelta{0, "late"});
  encoder.append(out, ToolCallDelta{0, 0, {}, {}, ":1}"});
  encoder.append(out, ToolCallDelta{0, 1, {}, {}, ":2}"});
  encoder.append(out, StreamFinish{0, FinishReason::stop, "stop"});
  encoder.append_end(out, {});
  events_of(out);
  const ChatResponse back = read_back(out);
  ASSERT_EQ(back.choices.at(0).tool_calls.size(), 2u);
  EXPECT_EQ(back.choices[0].tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(back.choices[0].tool_calls[1].arguments, R"({"y":2})");
  EXPECT_EQ(back.choices[0].content, "late");
  EXPECT_EQ(back.choices[0].finish, FinishReason::tool_calls);
}

TEST(AnthropicSurface, an_empty_stream_is_an_empty_message) {
  AnthropicEventEncoder encoder({.id = "own", .model = "m"});
  std::string out;
  encoder.append_end(out, {});
  EXPECT_EQ(events_of(out),
            (std::vector<std::string>{"message_start", "message_delta", "message_stop"}));
  EXPECT_NE(out.find(R"("id":"own")"), std::string::npos);
}

TEST(AnthropicSurface, errors_are_in_anthropics_shape) {
  std::string out;
  append_anthropic_error(out, {"no", anthropic_error_type(429), "p", "rate_limited", "r1"});
  EXPECT_EQ(out, R"({"type":"error","error":{"type":"rate_limit_error","message":"no",)"
                 R"("code":"rate_limited","param":"p"},"request_id":"r1"})");
  EXPECT_EQ(anthropic_error_type(503), "overloaded_error");
  EXPECT_EQ(anthropic_error_type(502), "api_error");
  EXPECT_EQ(anthropic_error_type(422), "invalid_request_error");
}

}  // namespace
}  // namespace maester::gateway
