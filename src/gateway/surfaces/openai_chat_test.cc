#include "gateway/surfaces/openai_chat.h"

#include <gtest/gtest.h>

#include <string>

#include "support/shared.h"

namespace maester::gateway {

namespace {

// The document must outlive the views of the result.
struct Parsed {
  json::Document doc;
  Result<ParsedChat> chat;
};
Parsed parse(std::string_view body, const ChatLimits& limits = {}) {
  auto doc = json::Document::parse(body);
  if (!doc) return {json::Document(), fail(doc.error())};
  Parsed out{std::move(*doc), fail(Code::internal, "")};
  out.chat = parse_openai_chat(out.doc, limits);
  return out;
}

std::string body_with(std::string_view field) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + std::string(field) + "}";
}

TEST(OpenAiSurface, reads_every_kind_of_message) {
  const auto got = parse(R"({"model":"m","messages":[
    {"role":"developer","content":"be brief"},
    {"role":"user","name":"ann","content":[{"type":"text","text":"what is"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD","detail":"low"}},
      {"type":"image_url","image_url":{"url":"https://example.org/a.png"}},
      {"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]},
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"42"},
    {"role":"assistant","content":"","refusal":"no"}]})");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const auto& m = got.chat->request.messages;
  ASSERT_EQ(m.size(), 5u);
  EXPECT_EQ(m[0].role, Role::developer);
  EXPECT_EQ(m[1].name, "ann");
  ASSERT_EQ(m[1].parts.size(), 4u);
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[1]).media_type, "image/png");
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[1]).data, "QUJD");
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[1]).detail, "low");
  EXPECT_EQ(std::get<ImagePart>(m[1].parts[2]).url, "https://example.org/a.png");
  EXPECT_EQ(std::get<AudioPart>(m[1].parts[3]).format, "wav");
  EXPECT_EQ(std::get<ToolCall>(m[2].parts[0]), (ToolCall{"c1", "f", R"({"a":1})"}));
  EXPECT_EQ(m[3].role, Role::tool);
  EXPECT_EQ(m[3].tool_call_id, "c1");
  EXPECT_EQ(std::get<RefusalPart>(m[4].parts[1]).text, "no");
}

TEST(OpenAiSurface, reads_every_parameter) {
  const auto got = parse(body_with(
      R"("temperature":0.70,"top_p":1,"frequency_penalty":-1.5,"presence_penalty":0,"n":2,"seed":7,
      "max_completion_tokens":50,"max_tokens":9,"stop":["a","b"],"user":"u","service_tier":"flex",
      "reasoning_effort":"low","stream":true,"stream_options":{"include_usage":true},
      "parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f",
      "description":"d","parameters":{"type":"object"},"strict":true}}],
      "tool_choice":{"type":"function","function":{"name":"f"}},"logprobs":true,"store":null,
      "response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}},
      "maester":{"metadata":{"a":"b"}})"));
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const ChatRequest& r = got.chat->request;
  EXPECT_EQ(r.temperature, "0.70");
  EXPECT_EQ(r.frequency_penalty, "-1.5");
  EXPECT_EQ(r.max_tokens, 50);
  EXPECT_EQ(r.n, 2);
  EXPECT_EQ(r.seed, 7);
  EXPECT_EQ(r.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(r.stream);
  EXPECT_TRUE(r.include_usage);
  EXPECT_EQ(r.parallel_tool_calls, false);
  ASSERT_EQ(r.tools.size(), 1u);
  EXPECT_EQ(r.tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(r.tools[0].strict, true);
  EXPECT_EQ(r.tool_choice->mode, ToolChoice::Mode::named);
  EXPECT_EQ(r.response_format->schema, R"({"type":"object"})");
  EXPECT_EQ(r.unknown_fields, std::vector<std::string>{"logprobs"});  // null is as good as absent
  EXPECT_EQ(got.chat->maester.get("metadata").get("a").string_or(""), "b");
}

struct Refusal {
  std::string body, param;
};

TEST(OpenAiSurface, refuses_by_the_name_of_the_field) {
  const std::vector<Refusal> cases = {
      {R"([])", ""},
      {R"({"model":"m"})", "messages"},
      {R"({"model":"m","messages":{}})", "messages"},
      {R"({"model":"m","messages":[]})", "messages"},
      {R"({"model":7,"messages":[{"role":"user","content":"x"}]})", "model"},
      {R"({"messages":["x"]})", "messages[0]"},
      {R"({"messages":[{"role":"king","content":"x"}]})", "messages[0].role"},
      {R"({"messages":[{"content":"x"}]})", "messages[0].role"},
      {R"({"messages":[{"role":"user","content":"x"},{"role":"user","content":3}]})",
       "messages[1].content"},
      {R"({"messages":[{"role":"user"}]})", "messages[0].content"},
      {R"({"messages":[{"role":"user","content":[{"type":"text"}]}]})",
       "messages[0].content[0].text"},
      {R"({"messages":[{"role":"user","content":[{"type":"image_url"}]}]})",
       "messages[0].content[0].image_url"},
      {R"({"messages":[{"role":"tool","content":"x"}]})", "messages[0].tool_call_id"},
      {R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":{}}}]}]})",
       "messages[0].tool_calls[0].function.arguments"},
      {body_with(R"("temperature":2.1)"), "temperature"},
      {body_with(R"("temperature":"hot")"), "temperature"},
      {body_with(R"("top_p":-0.1)"), "top_p"},
      {body_with(R"("n":9)"), "n"},
      {body_with(R"("n":0)"), "n"},
      {body_with(R"("max_tokens":0)"), "max_tokens"},
      {body_with(R"("max_tokens":1.5)"), "max_tokens"},
      {body_with(R"("max_completion_tokens":-1)"), "max_completion_tokens"},
      {body_with(R"("stop":["a","b","c","d","e"])"), "stop"},
      {body_with(R"("stop":[1])"), "stop[0]"},
      {body_with(R"("stream":"yes")"), "stream"},
      {body_with(R"("stream_options":{"include_usage":true})"), "stream_options"},
      {body_with(R"("tools":{})"), "tools"},
      {body_with(R"("tools":[{"type":7}])"), "tools[0].type"},
      {body_with(R"("tools":[{"type":"function","function":{}}])"), "tools[0].function.name"},
      {body_with(R"("tool_choice":"maybe")"), "tool_choice"},
      {body_with(R"("response_format":{"type":"json_schema"})"), "response_format.json_schema"},
      {body_with(R"("maester":[])"), "maester"},
      // Keys that stand twice where they are read:
      {body_with(R"("model":"n")"), "model"},
      {body_with(R"("maester":{"cache":{},"cache":{}})"), "maester.cache"},
      {R"({"messages":[{"role":"user","role":"system","content":"x"}]})", "messages[0].role"},
  };
  for (const Refusal& c : cases) {
    const auto got = parse(c.body);
    ASSERT_FALSE(got.chat) << c.body;
    EXPECT_EQ(got.chat.error().code, Code::invalid_request) << c.body;
    EXPECT_EQ(got.chat.error().param, c.param) << c.body << ": " << got.chat.error().message;
    EXPECT_FALSE(got.chat.error().message.empty());
  }
}

TEST(OpenAiSurface, counts_are_bounded) {
  std::string messages = R"({"role":"user","content":"x"})", tools;
  std::string many = messages;
  for (int i = 0; i < 2048; ++i) many += "," + messages;
  EXPECT_EQ(parse(R"({"messages":[)" + many + "]}").chat.error().param, "messages");
  for (int i = 0; i < 129; ++i) {
    tools += std::string(i == 0 ? "" : ",") + R"({"type":"function","function":{"name":"f"}})";
  }
  EXPECT_EQ(parse(body_with("\"tools\":[" + tools + "]")).chat.error().param, "tools");
  EXPECT_FALSE(parse(body_with(R"("n":2)"), {.max_n = 1}).chat);
}

TEST(OpenAiSurface, a_prompt_stands_in_for_messages) {
  EXPECT_TRUE(parse(R"({"maester":{"prompt":{"name":"p"}}})").chat);
  EXPECT_TRUE(parse(R"({"messages":[],"maester":{"prompt":{"name":"p"}}})").chat);
  EXPECT_FALSE(parse(R"({"maester":{"prompt":null}})").chat);
}

TEST(OpenAiSurface, keys_that_stand_twice_deeper_down_are_the_providers_business) {
  EXPECT_TRUE(parse(body_with(R"("metadata":{"a":"1","a":"2"})")).chat);
}

TEST(OpenAiSurface, recorded_requests_are_accepted) {
  SHARED_OR_SKIP(wire, "fixtures/wire");
  int seen = 0;
  for (const char* folder : {"openai", "openai-compatible", "azure-openai", "mistral"}) {
    for (const auto& file : std::filesystem::directory_iterator(wire / folder)) {
      const auto doc = json::Document::parse(test::read_file(file.path()));
      ASSERT_TRUE(doc) << file.path();
      const json::Value root = doc->root(), body = root.get("request").get("body");
      if (root.get("api").string_or("") != "chat.completions") continue;
      if (!body.is_object() && !body.is_string()) continue;
      const std::string text(body.is_string() ? body.string_or("") : body.raw());
      if (text.find("base64 elided") != std::string::npos || text.empty()) continue;
      const auto got = parse(text);
      EXPECT_TRUE(got.chat) << file.path() << ": " << got.chat.error().message;
      ++seen;
    }
  }
  EXPECT_GE(seen, 30);
}

TEST(OpenAiSurface, an_error_has_openais_shape) {
  std::string out;
  append_openai_error(out, {"bad \"x\"", "invalid_request_error", "n", "invalid_request", "req_1"});
  EXPECT_EQ(out, R"({"error":{"message":"bad \"x\"","type":"invalid_request_error","param":"n",)"
                 R"("code":"invalid_request","request_id":"req_1"}})");
  out.clear();
  append_openai_error_event(out, {"m", "server_error", "", "", ""});
  EXPECT_EQ(out,
            "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,"
            "\"code\":null}}\n\n");
}

TEST(OpenAiChunks, the_first_delta_of_a_choice_carries_the_role) {
  OpenAiChunkEncoder encoder({.id = "x", .model = "m", .created = 5});
  std::string out;
  encoder.append(out, StreamStart{"", "", 0});
  EXPECT_EQ(out, "");
  encoder.append(out, TextDelta{0, "a\n"});
  EXPECT_EQ(
      out,
      "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\","
      "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\\n\"},"
      "\"logprobs\":null,\"finish_reason\":null}]}\n\n");
  out.clear();
  encoder.append(out, StreamFinish{0, FinishReason::length, "max_tokens"});
  EXPECT_NE(out.find("\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\""),
            std::string::npos);
}

TEST(OpenAiChunks, usage_comes_last_and_only_when_asked_for) {
  for (const bool asked : {false, true}) {
    OpenAiChunkEncoder encoder({.include_usage = asked});
    std::string out;
    encoder.append(out, TextDelta{0, "a"});
    encoder.append(out, StreamUsage{meter::Usage{.input = 3, .cached_input = 1, .output = 2}, ""});
    EXPECT_EQ(out.find("\"usage\":null") != std::string::npos, asked);
    out.clear();
    encoder.append_usage(out);
    EXPECT_EQ(out.empty(), !asked);
    if (asked) {
      EXPECT_NE(out.find("\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2,"
                         "\"total_tokens\":6"),
                std::string::npos);
    }
    out.clear();
    encoder.append_maester(out, R"({"cache":"off"})");
    EXPECT_NE(out.find(R"("choices":[],"maester":{"cache":"off"}})"), std::string::npos);
  }
}

TEST(OpenAiSurface, signed_thinking_goes_out_and_comes_back) {
  ChatResponse response;
  Choice& choice = response.choices.emplace_back();
  choice.content = "text";
  choice.reasoning = "because";
  choice.thinking = {{"because", "sig", ""}, {"", "", "sealed"}};
  const std::string body = encode_openai_response(response, {});
  const auto doc = json::Document::parse(body);
  ASSERT_TRUE(doc);
  const auto message = doc->root().get("choices").at(0).get("message");
  const auto got =
      parse(R"({"messages":[{"role":"user","content":"x"},)" + std::string(message.raw()) + "]}");
  ASSERT_TRUE(got.chat) << got.chat.error().message;
  const auto& parts = got.chat->request.messages[1].parts;
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(std::get<ThinkingPart>(parts[0]), choice.thinking[0]);
  EXPECT_EQ(std::get<ThinkingPart>(parts[1]), choice.thinking[1]);
}

TEST(OpenAiSurface, a_stream_carries_signatures_and_citations) {
  OpenAiChunkEncoder encoder({});
  std::string out;
  encoder.append(out, ReasoningDelta{0, "be"});
  encoder.append(out, ReasoningDelta{0, "cause"});
  encoder.append(out, ThinkingSigned{0, "sig", {}});
  encoder.append(out, TextDelta{0, "Zürich"});
  CitationDelta cited;
  cited.citation.url = "https://a";
  cited.citation.title = "A";
  cited.citation.end = 7;
  encoder.append(out, cited);
  encoder.append(out, ToolCallDelta{0, 0, "c", "f", "{}", "gem"});
  EXPECT_NE(out.find(R"("reasoning_details":[{"type":"reasoning.text","text":"because",)"
                     R"("signature":"sig","index":0}])"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find(R"("annotations":[{"type":"url_citation","url_citation":{"url":"https://a",)"
                     R"("title":"A","start_index":0,"end_index":6}}])"),
            std::string::npos)
      << "seven bytes are six characters: " << out;
  EXPECT_NE(out.find(R"("extra_content":{"google":{"thought_signature":"gem"}})"),
            std::string::npos);
}

}  // namespace

}  // namespace maester::gateway
