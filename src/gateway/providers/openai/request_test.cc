#include <gtest/gtest.h>

#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

std::string encode(std::string_view source, EncodeOptions options, bool tolerant = false) {
  options.source_body = source;
  const auto got = openai::make_provider({.semantic_name = "openai", .tolerant = tolerant})
                       ->encode(ChatRequest{}, options);
  return got ? got->body : got.error().message;
}
EncodeOptions to(std::string_view model, bool stream = false,
                 std::optional<std::int64_t> limit = std::nullopt) {
  EncodeOptions options;
  options.upstream_model = model;
  options.stream = stream;
  options.max_tokens = limit;
  return options;
}

TEST(OpenAiRequest, the_callers_bytes_are_kept_but_for_what_the_attempt_decides) {
  EXPECT_EQ(
      encode(R"({ "model" : "alias", "messages":[ ],  "x": [1.50, "\u00e9"] })", to("gpt-4.1")),
      R"({ "model" : "gpt-4.1", "messages":[ ],  "x": [1.50, "\u00e9"] })");
  EXPECT_EQ(encode(R"({"model":"m","messages":[]})", to("m")), R"({"model":"m","messages":[]})");
  EXPECT_EQ(encode(R"({"messages":[]})", to("m")), R"({"messages":[],"model":"m"})");
}

TEST(OpenAiRequest, the_extension_never_goes_upstream) {
  EXPECT_EQ(encode(R"({"maester":{"a":1},"model":"m","messages":[]})", to("m")),
            R"({"model":"m","messages":[]})");
  EXPECT_EQ(encode(R"({"model":"m","messages":[],"maester":{"a":1}})", to("m")),
            R"({"model":"m","messages":[]})");
  EXPECT_EQ(encode(R"({"messages":[],"maester":{}})", to("m", false, 5)),
            R"({"messages":[],"model":"m","max_tokens":5})");
}

TEST(OpenAiRequest, a_stream_is_always_asked_for_its_usage) {
  const std::string head = R"({"model":"m","stream":true)";
  EXPECT_EQ(encode(head + "}", to("m", true)),
            head + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(encode(head + R"(,"stream_options":null})", to("m", true)),
            head + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(encode(head + R"(,"stream_options":{"include_usage":false,"x":1}})", to("m", true)),
            head + R"(,"stream_options":{"include_usage":true,"x":1}})");
  EXPECT_EQ(encode(head + R"(,"stream_options":{"x":1}})", to("m", true)),
            head + R"(,"stream_options":{"x":1,"include_usage":true}})");
  EXPECT_EQ(encode(head + R"(,"stream_options":{"include_usage":true}})", to("m", false)),
            R"({"model":"m","stream":false})");
}

TEST(OpenAiRequest, the_reserved_limit_is_sent_in_the_callers_field) {
  EXPECT_EQ(encode(R"({"model":"m","max_tokens":9})", to("m", false, 5)),
            R"({"model":"m","max_tokens":5})");
  EXPECT_EQ(encode(R"({"model":"m","max_completion_tokens":9})", to("m", false, 5)),
            R"({"model":"m","max_completion_tokens":5})");
  EXPECT_EQ(encode(R"({"model":"m"})", to("m", false, 5)), R"({"model":"m","max_tokens":5})");
  EXPECT_EQ(encode(R"({"model":"m","max_tokens":9})", to("m")), R"({"model":"m","max_tokens":9})");
}

TEST(OpenAiRequest, reasoning_models_get_max_completion_tokens) {
  for (const std::string model :
       {"o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.2-pro", "openai/o3"}) {
    EXPECT_TRUE(openai::is_reasoning_model(model)) << model;
  }
  for (const std::string model :
       {"gpt-4o", "gpt-4.1", "gpt-5-chat-latest", "omni", "olmo", "o", ""}) {
    EXPECT_FALSE(openai::is_reasoning_model(model)) << model;
  }
  EXPECT_EQ(encode(R"({"model":"a","max_tokens":9,"n":1})", to("o3", false, 5)),
            R"({"model":"o3","n":1,"max_completion_tokens":5})");
  EXPECT_EQ(encode(R"({"model":"a","n":1})", to("gpt-5", false, 5)),
            R"({"model":"gpt-5","n":1,"max_completion_tokens":5})");
  EXPECT_EQ(encode(R"({"model":"a","max_tokens":9})", to("o3", false, 5), true),
            R"({"model":"o3","max_tokens":5})");  // an imitator takes what the caller said
}

TEST(OpenAiRequest, a_body_written_from_the_normal_form_reads_back_the_same) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"system","content":"s"},)"
      R"({"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":)"
      R"({"url":"data:image/png;base64,QUJD","detail":"low"}}]},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":)"
      R"({"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"c"}],)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"
      R"("tool_choice":"required","parallel_tool_calls":false,)"
      R"("response_format":{"type":"json_object"},"max_tokens":7,"temperature":0.5,"stop":["x"],)"
      R"("user":"u"})";
  const auto doc = json::Document::parse(body);
  ASSERT_TRUE(doc);
  const auto parsed = parse_openai_chat(*doc);
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto got = openai::make_provider({})->encode(parsed->request, to("m"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, body);
  EXPECT_EQ(got->path, "/chat/completions");
}

TEST(OpenAiRequest, what_this_protocol_cannot_say_is_refused_by_name) {
  ChatRequest request;
  request.unknown_fields = {"container"};
  auto got = openai::make_provider({})->encode(request, to("m"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().param, "container");
  request.unknown_fields.clear();
  request.top_k = 4;
  EXPECT_EQ(openai::make_provider({})->encode(request, to("m")).error().param, "top_k");
  EXPECT_TRUE(
      openai::make_provider({.semantic_name = "t", .tolerant = true})->encode(request, to("m")));
  request.top_k.reset();
  request.messages.emplace_back().parts.emplace_back(OpaquePart{"document", "{}"});
  EXPECT_EQ(openai::make_provider({})->encode(request, to("m")).error().param,
            "messages[0].content");
}

}  // namespace

}  // namespace maester::gateway
