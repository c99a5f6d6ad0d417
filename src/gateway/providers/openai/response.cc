#include <utility>

#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/scrub.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

ToolCall read_tool_call(json::Value value) {
  ToolCall call;
  call.id = value.get("id").string_or("");
  const json::Value function = value.get("function");
  const json::Value custom = value.get("custom");
  if (function.get("name").string_or("").empty() && !custom.get("name").string_or("").empty()) {
    call.name = custom.get("name").string_or("");
    call.arguments =
        json::quote(custom.get("input").string_or(""));  // free text, kept as a JSON text
    return call;
  }
  call.name = function.get("name").string_or("");
  call.arguments = arguments_text(function.get("arguments"));
  if (call.arguments.empty()) call.arguments = "{}";
  call.signature = thought_signature(value);
  return call;
}

Choice read_choice(json::Value value, std::int64_t position, bool think_tags) {
  Choice choice;
  choice.index = value.get("index").int_or(position);
  const json::Value message = value.get("message");
  std::string text, thinking, details;
  const Content content = content_text(message.get("content"), text, thinking);
  choice.content = content.text;
  choice.reasoning = content.reasoning;
  choice.reasoning += reasoning_text(message, details);
  if (think_tags) split_thinking(choice);
  read_details(message, choice.reasoning, choice.thinking);
  for (const json::Value annotation : message.get("annotations")) {
    if (auto citation = read_annotation(annotation, choice.content))
      choice.citations.push_back(std::move(*citation));
  }
  choice.refusal = message.get("refusal").string_or("");
  for (const json::Value call : message.get("tool_calls")) {
    choice.tool_calls.push_back(read_tool_call(call));
  }
  const json::Value legacy = message.get("function_call");
  if (choice.tool_calls.empty() && !legacy.get("name").string_or("").empty()) {
    ToolCall call;
    call.name = legacy.get("name").string_or("");
    call.arguments = arguments_text(legacy.get("arguments"));
    if (call.arguments.empty()) call.arguments = "{}";
    choice.tool_calls.push_back(std::move(call));
  }
  choice.provider_finish = value.get("finish_reason").string_or("");
  choice.finish = map_finish(choice.provider_finish);
  return choice;
}

}  // namespace

Result<ChatResponse> decode_response(std::string_view body, const Config& config) {
  auto doc = json::Document::parse(body);
  if (!doc) {
    return fail(Code::upstream_error, "The provider's answer is not JSON.", {},
                std::move(doc).error().message);
  }
  const json::Value root = doc->root();
  const json::Value choices = root.get("choices");
  if (choices.size() == 0 && providers::is_error_value(root)) {
    return fail(Code::upstream_error, "The provider answered 200 with an error in its body.", {},
                providers::scrub(providers::read_error_value(root).message));
  }
  if (!choices.is_array() || choices.size() == 0) {
    return fail(Code::upstream_error, "The provider's answer holds no choices.");
  }
  ChatResponse response;
  response.id = root.get("id").string_or("");
  response.model = root.get("model").string_or("");
  response.created = root.get("created").int_or(0);
  response.service_tier = root.get("service_tier").string_or("");
  std::int64_t position = 0;
  for (const json::Value choice : choices) {
    response.choices.push_back(read_choice(choice, position++, config.think_tags));
  }
  for (const json::Value url : root.get("citations")) {  // Perplexity
    if (url.is_string()) response.choices.front().citations.push_back(page(url));
  }
  response.usage = read_usage(root.get("usage"));
  return response;
}

}  // namespace maester::gateway::openai
