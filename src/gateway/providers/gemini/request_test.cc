#include <gtest/gtest.h>

#include "gateway/providers/gemini/gemini.h"
#include "gateway/providers/said.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

Result<ProviderRequest> translate(std::string_view openai_body,
                                  const char* model = "gemini-2.5-pro",
                                  gemini::Config config = {}) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(openai_body));
  TRY_ASSIGN(const ParsedChat chat, parse_openai_chat(doc));
  EncodeOptions options;
  options.upstream_model = model;
  options.stream = chat.request.stream;
  return gemini::make_provider(std::move(config))->encode(chat.request, options);
}
std::string body_of(std::string_view openai_body, const char* model = "gemini-2.5-pro") {
  const auto got = translate(openai_body, model);
  return got ? got->body : got.error().param + ": " + got.error().message;
}
std::string with(std::string_view fields) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + std::string(fields) + "}";
}
const std::string kHead = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}],)";

TEST(GeminiRequest, paths_name_model_and_method) {
  const std::string plain = with(R"("n":1)"), stream = with(R"("stream":true)");
  EXPECT_EQ(translate(plain)->path, "/v1beta/models/gemini-2.5-pro:generateContent");
  EXPECT_EQ(translate(stream)->path, "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
  EXPECT_EQ(translate(plain, "models/x/y", {.prefix = ""})->path, "/models/x%2Fy:generateContent");
}

TEST(GeminiRequest, roles_and_tools_are_mapped_and_signatures_go_back) {
  const std::string body = R"({"messages":[{"role":"system","content":"s"},
    {"role":"user","content":"b"},{"role":"user","content":"c"},
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
      {"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
    {"role":"tool","tool_call_id":"c1","content":"{\"t\":20}"},
    {"role":"tool","tool_call_id":"c2","content":"plain"}]})";
  const std::string tail =
      R"({"functionCall":{"name":"g","args":{}}}]},{"role":"user","parts":[)"
      R"({"functionResponse":{"name":"f","response":{"t":20}}},)"
      R"({"functionResponse":{"name":"g","response":{"result":"plain"}}}]}],"generationConfig":{}})";
  const std::string head =
      R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user",)"
      R"("parts":[{"text":"b"},{"text":"c"}]},{"role":"model","parts":[)"
      R"({"functionCall":{"name":"f","args":{"a":1}})";
  EXPECT_EQ(body_of(body), head + "}," + tail);
  // Gemini 3 wants a signature at the first call of a turn.
  EXPECT_EQ(body_of(body, "gemini-3-pro-preview"),
            head + R"(,"thoughtSignature":"skip_thought_signature_validator"},)" + tail);
  EncodeOptions options;
  options.upstream_model = "gemini-3-pro-preview";
  ChatRequest request;
  request.messages.push_back(said(Role::assistant, {ToolCall{"c", "f", "{}", "SIG"}}));
  EXPECT_NE(gemini::make_provider({})
                ->encode(request, options)
                ->body.find(R"({"functionCall":{"name":"f","args":{}},"thoughtSignature":"SIG"})"),
            std::string::npos);
}

TEST(GeminiRequest, media_find_their_places) {
  EXPECT_EQ(
      body_of(R"({"messages":[{"role":"user","content":[
         {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},
         {"type":"image_url","image_url":{"url":"https://example.org/a.png"}},
         {"type":"input_audio","input_audio":{"format":"wav","data":"QUJD"}},
         {"type":"file","file":{"file_data":"data:application/pdf;base64,QUJD"}}]}]})"),
      R"({"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}},)"
      R"({"fileData":{"fileUri":"https://example.org/a.png"}},)"
      R"({"inlineData":{"mimeType":"audio/wav","data":"QUJD"}},)"
      R"({"inlineData":{"mimeType":"application/pdf","data":"QUJD"}}]}],"generationConfig":{}})");
}

TEST(GeminiRequest, parameters_are_mapped) {
  const auto config = [](std::string_view fields) {
    return kHead + R"("generationConfig":{)" + std::string(fields) + "}}";
  };
  EXPECT_EQ(body_of(with(R"("max_tokens":5,"temperature":0.50,"top_p":1,"seed":3,"stop":["x"],
       "presence_penalty":0.1,"frequency_penalty":-0.1,"n":2)")),
            config(R"("maxOutputTokens":5,"temperature":0.50,"topP":1,"presencePenalty":0.1,)"
                   R"("frequencyPenalty":-0.1,"seed":3,"candidateCount":2,"stopSequences":["x"])"));
  EXPECT_EQ(body_of(with(R"("response_format":{"type":"json_schema","json_schema":{"name":"n",
       "schema":{"type":"object"}}})")),
            config(R"("responseMimeType":"application/json",)"
                   R"("responseJsonSchema":{"type":"object"})"));
  EXPECT_EQ(body_of(with(R"("reasoning_effort":"low")")),
            config(R"("thinkingConfig":{"thinkingBudget":1024,"includeThoughts":true})"));
  EXPECT_EQ(body_of(with(R"("reasoning_effort":"medium")"), "gemini-3-flash-preview"),
            config(R"("thinkingConfig":{"thinkingLevel":"medium","includeThoughts":true})"));
  EXPECT_EQ(body_of(with(R"("tools":[{"type":"function","function":{"name":"f","description":"d",
       "parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"f"}})")),
            kHead + R"("tools":[{"functionDeclarations":[{"name":"f","description":"d",)"
                    R"("parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{)"
                    R"("functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},)"
                    R"("generationConfig":{}})");
}

TEST(GeminiRequest, what_cannot_be_said_is_refused_by_name) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with(R"("logit_bias":{"1":2})"), "logit_bias"},
      {with(R"("logprobs":true)"), "logprobs"},
      {with(R"("parallel_tool_calls":false)"), "parallel_tool_calls"},
      {with(R"("service_tier":"flex")"), "service_tier"},
      {R"({"messages":[{"role":"user","name":"bob","content":"a"}]})", "messages[0].name"},
      {R"({"messages":[{"role":"tool","tool_call_id":"x","content":"a"}]})",
       "messages[0].tool_call_id"},
      {R"({"messages":[{"role":"system","content":"a"}]})", "messages"},
      {R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]})",
       "messages[0].content"}};
  for (const auto& [body, param] : cases) {
    const auto got = translate(body);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().code, Code::invalid_request);
    EXPECT_EQ(got.error().param, param) << body;
  }
  EXPECT_TRUE(translate(with(R"("store":true,"metadata":{"a":"b"},"user":"u")")));
}

TEST(GeminiRequest, embeddings_go_in_one_batch) {
  EmbeddingRequest request;
  request.inputs = {std::string("a"), std::string("b")};
  request.input_type = "search_query";
  request.dimensions = 8;
  EncodeOptions options;
  options.upstream_model = "e";
  const auto adapter = gemini::make_embeddings({});
  const auto got = adapter->encode(request, options);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->path, "/v1beta/models/e:batchEmbedContents");
  EXPECT_EQ(got->body,
            R"({"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]},)"
            R"("taskType":"RETRIEVAL_QUERY","outputDimensionality":8},{"model":"models/e",)"
            R"("content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY",)"
            R"("outputDimensionality":8}]})");
  request.input_type = "poetry";
  EXPECT_EQ(adapter->encode(request, options).error().param, "input_type");
}

}  // namespace

}  // namespace maester::gateway
