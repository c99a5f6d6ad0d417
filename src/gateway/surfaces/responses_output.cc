#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "codec/json_writer.h"
#include "gateway/surfaces/responses.h"

namespace maester::gateway {
namespace {

// A member of the request as the answer repeats it.
void repeat(json::Writer& w, json::Value request, std::string_view name,
            std::string_view fallback) {
  const json::Value asked = request.get(name);
  w.raw_field(name, asked.empty() ? fallback : asked.raw());
}

void write_usage(json::Writer& w, const meter::Usage& usage) {
  w.key("usage").begin_object().field("input_tokens", usage.prompt_tokens());
  w.key("input_tokens_details").begin_object().field("cached_tokens", usage.cached_input);
  w.end_object().field("output_tokens", usage.completion_tokens());
  w.key("output_tokens_details").begin_object().field("reasoning_tokens", usage.reasoning);
  w.end_object().field("total_tokens", usage.total_tokens()).end_object();
}

std::string item_id(std::string_view prefix, const ResponsesShape& shape, std::size_t index) {
  std::string_view tail = shape.id;
  if (const auto underscore = tail.find('_'); underscore != tail.npos)
    tail.remove_prefix(underscore + 1);
  return std::string(prefix) + "_" + std::string(tail) + "_" + std::to_string(index);
}

void write_output(json::Writer& w, const ResponsesShape& shape, const ChatResponse& response) {
  w.key("output").begin_array();
  std::size_t index = 0;
  for (const Choice& choice : response.choices) {
    std::string_view rest = choice.reasoning;
    for (const ThinkingPart& block : choice.thinking) {
      w.raw(reasoning_item(item_id("rs", shape, index++), block.text, &block));
      if (rest.starts_with(block.text)) rest.remove_prefix(block.text.size());
    }
    if (!rest.empty()) w.raw(reasoning_item(item_id("rs", shape, index++), rest, nullptr));
    if (!choice.content.empty() || !choice.refusal.empty() || choice.tool_calls.empty())
      w.raw(message_item(item_id("msg", shape, index++), "completed", choice));
    for (const ToolCall& call : choice.tool_calls)
      w.raw(call_item(item_id("fc", shape, index++), "completed", call));
  }
  w.end_array();
}

}  // namespace

std::string reasoning_item(std::string_view id, std::string_view text, const ThinkingPart* block) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", "reasoning").field("id", id).key("summary").begin_array();
  if (!text.empty()) {
    w.begin_object().field("type", "summary_text").field("text", text).end_object();
  }
  w.end_array();
  if (block != nullptr) w.field("encrypted_content", seal_thinking(*block));
  w.end_object();
  return out;
}

std::string responses_annotation(const Citation& citation, std::string_view content) {
  const auto characters = [content](std::int64_t bytes) {
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(0, bytes));
    return utf8::length(content.substr(0, at));
  };
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", citation.url.empty() ? "document_citation" : "url_citation");
  w.optional_field("url", citation.url).field("title", citation.title);
  w.optional_field("quote", citation.quote).field("start_index", characters(citation.start));
  w.field("end_index", characters(citation.end)).end_object();
  return out;
}

std::string text_part(std::string_view text, const std::vector<Citation>& citations) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", "output_text").field("text", text);
  w.key("annotations").begin_array();
  for (const Citation& citation : citations) w.raw(responses_annotation(citation, text));
  w.end_array().key("logprobs").begin_array().end_array().end_object();
  return out;
}

std::string refusal_part(std::string_view text) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", "refusal").field("refusal", text).end_object();
  return out;
}

std::string message_item(std::string_view id, std::string_view status, const Choice& choice) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", "message").field("id", id).field("status", status);
  w.field("role", "assistant").key("content").begin_array();
  if (!choice.content.empty()) w.raw(text_part(choice.content, choice.citations));
  if (!choice.refusal.empty()) w.raw(refusal_part(choice.refusal));
  w.end_array().end_object();
  return out;
}

std::string call_item(std::string_view id, std::string_view status, const ToolCall& call) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("type", "function_call").field("id", id);
  w.field("call_id", call.id.empty() ? id : std::string_view(call.id)).field("name", call.name);
  w.field("arguments", call.arguments).field("status", status).end_object();
  return out;
}

std::string_view response_status(const ChatResponse& response) {
  for (const Choice& choice : response.choices) {
    if (choice.finish == FinishReason::length || choice.finish == FinishReason::content_filter)
      return "incomplete";
  }
  return "completed";
}

std::string encode_response_object(const ResponsesShape& shape, const ChatResponse& response,
                                   std::string_view status) {
  const bool running = status == "in_progress";
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", shape.id).field("object", "response");
  w.field("created_at", shape.created).field("status", status).key("error").null();
  w.key("incomplete_details");
  if (status == "incomplete") {
    const bool filtered = response.choices.front().finish == FinishReason::content_filter;
    w.begin_object().field("reason", filtered ? "content_filter" : "max_output_tokens");
    w.end_object();
  } else {
    w.null();
  }
  w.field("model", response.model.empty() ? shape.model : response.model);
  if (running)
    w.key("output").begin_array().end_array();
  else
    write_output(w, shape, response);
  const json::Value asked = shape.request;
  repeat(w, asked, "instructions", "null");
  repeat(w, asked, "max_output_tokens", "null");
  repeat(w, asked, "metadata", "{}");
  repeat(w, asked, "parallel_tool_calls", "true");
  w.key("previous_response_id").null();
  repeat(w, asked, "reasoning", R"({"effort":null,"summary":null})");
  w.field("store", false);
  repeat(w, asked, "temperature", "1");
  repeat(w, asked, "text", R"({"format":{"type":"text"}})");
  repeat(w, asked, "tool_choice", R"("auto")");
  repeat(w, asked, "tools", "[]");
  repeat(w, asked, "top_p", "1");
  w.field("truncation", "disabled");
  repeat(w, asked, "user", "null");
  w.optional_field("service_tier", response.service_tier);
  if (running || !response.usage)
    w.key("usage").null();
  else
    write_usage(w, *response.usage);
  if (!shape.maester.empty()) w.raw_field("maester", shape.maester);
  w.end_object();
  return out;
}

}  // namespace maester::gateway
