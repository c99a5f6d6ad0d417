#include "gateway/surfaces/responses.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/sse.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/text_completion.h"

namespace maester::gateway {
namespace {

// The document must outlive the views of the result.
struct Parsed {
  json::Document doc;
  Result<ParsedChat> chat;
};
template <class Parser>
Parsed parse_with(Parser parser, std::string_view body) {
  auto doc = json::Document::parse(body);
  if (!doc) return {json::Document(), fail(doc.error())};
  Parsed out{std::move(*doc), fail(Code::internal, "")};
  out.chat = parser(out.doc, ChatLimits{});
  return out;
}
Parsed parse(std::string_view body) {
  return parse_with(parse_responses, body);
}

TEST(Responses, reads_every_kind_of_item) {
  const ThinkingPart thought{"because", "sig", ""};
  const auto got = parse(R"({"model":"m","instructions":"be brief","input":[
    {"role":"developer","content":"d"},
    {"type":"message","role":"user","content":[{"type":"input_text","text":"what"},
      {"type":"input_image","image_url":"data:image/png;base64,QUJD","detail":"low"},
      {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,QUJD"}]},
    {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":")" +
                         seal_thinking(thought) + R"("},
    {"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"another's"},
    {"type":"message","role":"assistant","id":"x","status":"completed",
     "content":[{"type":"output_text","text":"so","annotations":[]}]},
    {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
    {"type":"function_call_output","call_id":"c1","output":"42"}]})");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const auto& m = got.chat->request.messages;
  ASSERT_EQ(m.size(), 5u);
  EXPECT_EQ(m[0].role, Role::system);
  EXPECT_EQ(m[1].role, Role::developer);
  EXPECT_EQ(std::get<ImagePart>(m[2].parts[1]).detail, "low");
  EXPECT_EQ(std::get<DocumentPart>(m[2].parts[2]).title, "a.pdf");
  ASSERT_EQ(m[3].parts.size(), 3u);
  EXPECT_EQ(std::get<ThinkingPart>(m[3].parts[0]), thought);
  EXPECT_EQ(std::get<ToolCall>(m[3].parts[2]), (ToolCall{"c1", "f", R"({"a":1})"}));
  EXPECT_EQ(m[4].tool_call_id, "c1");
}

TEST(Responses, reads_every_parameter_and_names_the_rest) {
  const auto got = parse(R"({"input":"x","max_output_tokens":5,"temperature":0.5,"stream":true,
    "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}],
    "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,
    "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}},
    "reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],
    "store":false,"user":"u","prompt_cache_key":"k"})");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const ChatRequest& r = got.chat->request;
  EXPECT_EQ(r.max_tokens, 5);
  EXPECT_EQ(r.tools[0].strict, true);
  EXPECT_EQ(r.tool_choice->name, "f");
  EXPECT_EQ(r.response_format->schema_name, "n");
  EXPECT_EQ(r.reasoning_effort, "low");
  EXPECT_TRUE(r.unknown_fields.empty());
  const auto odd = parse(R"({"input":[{"type":"item_reference","id":"i"}],"store":true,
    "previous_response_id":"p","background":true,"tools":[{"type":"web_search"}],
    "text":{"verbosity":"low"},"include":["file_search_call.results"],"truncation":"auto"})");
  ASSERT_TRUE(odd.chat) << odd.chat.error().message;
  EXPECT_EQ(
      odd.chat->request.unknown_fields,
      (std::vector<std::string>{"input[0].type", "tools[0].type", "text.verbosity", "include[0]",
                                "store", "background", "truncation", "previous_response_id"}));
}

TEST(Responses, bad_input_names_the_field) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({})", "input"},
      {R"({"input":[]})", "input"},
      {R"({"input":[{"role":"tool","content":"x"}]})", "input[0].role"},
      {R"({"input":[{"type":"function_call","name":"f","arguments":"{}"}]})", "input[0].call_id"},
      {R"({"input":"x","max_output_tokens":0})", "max_output_tokens"},
      {R"({"input":"x","tools":[{"name":"f"}]})", "tools[0].type"},
      {R"({"input":"x","tool_choice":"all"})", "tool_choice"},
  };
  for (const auto& [body, param] : cases) {
    const auto got = parse(body);
    ASSERT_FALSE(got.chat) << body;
    EXPECT_EQ(got.chat.error().param, param) << body;
  }
}

ResponsesShape shape() {
  ResponsesShape out;
  out.id = "resp_1";
  out.model = "m";
  return out;
}

std::vector<StreamEvent> rich_events() {
  meter::Usage usage;
  usage.input = 7;
  usage.output = 3;
  usage.reasoning = 2;
  return {StreamStart{"x", "m1", 0},
          ReasoningDelta{0, "be"},
          ReasoningDelta{0, "cause"},
          ThinkingSigned{0, "sig", {}},
          TextDelta{0, "a"},
          TextDelta{0, "b"},
          ToolCallDelta{0, 0, "c1", "f", R"({"x")"},
          ToolCallDelta{0, 1, "c2", "g", R"({"y")"},
          ToolCallDelta{0, 0, {}, {}, ":1}"},
          ToolCallDelta{0, 1, {}, {}, ":2}"},
          StreamFinish{0, FinishReason::tool_calls, "tool_calls"},
          StreamUsage{usage, "default"}};
}

TEST(Responses, a_stream_is_read_back_by_the_adapter_of_the_protocol) {
  ResponsesEventEncoder encoder(shape());
  std::string out;
  for (const StreamEvent& event : rich_events()) encoder.append(out, event);
  encoder.append_end(out, R"({"k":1})");
  const auto provider = openai::make_responses_provider({});
  const auto decoder = provider->stream_decoder();
  StreamAccumulator sum;
  sse::Decoder sse;
  sse::Event event;
  sse.feed(out);
  std::int64_t sequence = 0;
  std::string last;
  while (*sse.next(event)) {
    const auto doc = json::Document::parse(event.data);
    ASSERT_TRUE(doc) << event.data;
    EXPECT_EQ(doc->root().get("type").string_or(""), event.type);
    EXPECT_EQ(doc->root().get("sequence_number").int_or(-1), sequence++);
    last = event.data;
    std::vector<StreamEvent> events;
    ASSERT_TRUE(decoder->decode(event, events));
    for (const auto& each : events) ASSERT_TRUE(sum.add(each));
  }
  EXPECT_TRUE(decoder->complete());
  const Choice& choice = sum.response().choices.at(0);
  EXPECT_EQ(choice.content, "ab");
  EXPECT_EQ(choice.reasoning, "because");
  ASSERT_EQ(choice.tool_calls.size(), 2u);
  EXPECT_EQ(choice.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(choice.tool_calls[1].arguments, R"({"y":2})");
  EXPECT_EQ(sum.response().usage->prompt_tokens(), 7);
  EXPECT_EQ(sum.response().usage->completion_tokens(), 5);
  const auto end = json::Document::parse(last);
  const auto response = end->root().get("response");
  EXPECT_EQ(response.get("status").string_or(""), "completed");
  EXPECT_EQ(response.get("maester").get("k").int_or(0), 1);
  ASSERT_EQ(response.get("output").size(), 4u);
  const auto sealed = response.get("output").at(0).get("encrypted_content").string_or("");
  EXPECT_EQ(unseal_thinking(sealed), (ThinkingPart{"because", "sig", ""}));
}

TEST(Responses, a_cut_answer_is_incomplete) {
  ChatResponse response;
  response.choices.emplace_back().content = "half";
  response.choices[0].finish = FinishReason::length;
  const std::string body = encode_response_object(shape(), response, response_status(response));
  const auto doc = json::Document::parse(body);
  ASSERT_TRUE(doc) << body;
  EXPECT_EQ(doc->root().get("status").string_or(""), "incomplete");
  EXPECT_EQ(doc->root().get("incomplete_details").get("reason").string_or(""), "max_output_tokens");
}

TEST(Responses, a_seal_of_anothers_making_is_none) {
  EXPECT_FALSE(unseal_thinking("gAAAAAB"));
  EXPECT_FALSE(unseal_thinking("maester.%%%"));
  EXPECT_EQ(unseal_thinking(seal_thinking({"", "", "data"})), (ThinkingPart{"", "", "data"}));
}

TEST(TextCompletion, a_prompt_is_a_chat_of_one_message) {
  const auto got = parse_with(parse_text_completion,
                              R"({"prompt":["x"],"max_tokens":3,"echo":true,"stop":"a"})");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  EXPECT_EQ(std::get<TextPart>(got.chat->request.messages.at(0).parts.at(0)).text, "x");
  EXPECT_EQ(got.chat->request.unknown_fields, (std::vector<std::string>{"echo"}));
  const auto many = parse_with(parse_text_completion, R"({"prompt":["x","y"]})");
  EXPECT_EQ(many.chat->request.unknown_fields, (std::vector<std::string>{"prompt"}));
  EXPECT_EQ(many.chat->request.max_tokens, 16);
  EXPECT_FALSE(parse_with(parse_text_completion, R"({"prompt":5})").chat);
}

}  // namespace
}  // namespace maester::gateway
