#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "codec/json_writer.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

// OpenAI's clients know five reasons; one is always there in a whole answer.
std::string_view client_finish(const Choice& choice) {
  switch (choice.finish) {
    case FinishReason::none:
    case FinishReason::other:
    case FinishReason::error:
      return choice.tool_calls.empty() ? "stop" : "tool_calls";
    default:
      return to_string(choice.finish);
  }
}

// Clients match answers to calls by id: a call that came without one gets one that is stable within
// the answer.
std::string call_id(const ToolCall& call, const Choice& choice, std::size_t at) {
  if (!call.id.empty()) return call.id;
  return "call_" + std::to_string(choice.index) + "_" + std::to_string(at);
}

// Where Gemini's own endpoint of this form has it.
void write_signature(json::Writer& w, std::string_view signature) {
  if (signature.empty()) return;
  w.key("extra_content").begin_object().key("google").begin_object();
  w.field("thought_signature", signature).end_object().end_object();
}

void write_calls(json::Writer& w, const Choice& choice) {
  if (choice.tool_calls.empty()) return;
  if (choice.finish == FinishReason::function_call) {
    const ToolCall& call = choice.tool_calls.front();
    w.key("function_call").begin_object().field("name", call.name);
    w.field("arguments", call.arguments).end_object();
    return;
  }
  w.key("tool_calls").begin_array();
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
    const ToolCall& call = choice.tool_calls[i];
    w.begin_object().field("id", call_id(call, choice, i)).field("type", "function");
    w.key("function").begin_object().field("name", call.name).field("arguments", call.arguments);
    w.end_object();
    write_signature(w, call.signature);
    w.end_object();
  }
  w.end_array();
}

void write_thinking(json::Writer& w, const Choice& choice) {
  if (choice.thinking.empty()) return;
  w.key("reasoning_details").begin_array();
  for (std::size_t i = 0; i < choice.thinking.size(); ++i) {
    std::string element;
    append_openai_thinking(element, choice.thinking[i], i);
    w.raw(element);
  }
  w.end_array();
}

void write_annotations(json::Writer& w, const Choice& choice) {
  if (choice.citations.empty()) return;
  w.key("annotations").begin_array();
  for (const Citation& citation : choice.citations) {
    std::string element;
    append_openai_annotation(element, citation, choice.content);
    w.raw(element);
  }
  w.end_array();
}

void write_choice(json::Writer& w, const Choice& choice) {
  const bool silent =
      choice.content.empty() && (!choice.tool_calls.empty() || !choice.refusal.empty());
  w.begin_object().field("index", choice.index).key("message").begin_object();
  w.field("role", "assistant").key("content");
  if (silent)
    w.null();
  else
    w.value(choice.content);
  w.key("refusal");
  if (choice.refusal.empty())
    w.null();
  else
    w.value(choice.refusal);
  w.optional_field("reasoning_content", choice.reasoning);
  write_thinking(w, choice);
  write_annotations(w, choice);
  write_calls(w, choice);
  w.end_object().key("logprobs").null().field("finish_reason", client_finish(choice)).end_object();
}

void write_usage(json::Writer& w, const meter::Usage& usage) {
  w.begin_object().field("prompt_tokens", usage.prompt_tokens());
  w.field("completion_tokens", usage.completion_tokens());
  w.field("total_tokens", usage.total_tokens()).key("prompt_tokens_details").begin_object();
  w.field("cached_tokens", usage.cached_input).field("audio_tokens", usage.audio_input);
  if (const auto written = usage.cache_write_5m + usage.cache_write_1h; written != 0) {
    w.field("cache_write_tokens", written);
  }
  if (usage.image_input != 0) w.field("image_tokens", usage.image_input);
  w.end_object().key("completion_tokens_details").begin_object();
  w.field("reasoning_tokens", usage.reasoning).field("audio_tokens", usage.audio_output);
  if (usage.image_output != 0) w.field("image_tokens", usage.image_output);
  w.field("accepted_prediction_tokens", 0).field("rejected_prediction_tokens", 0).end_object();
  if (usage.searches != 0) {
    w.key("server_tool_use").begin_object().field("web_search_requests", usage.searches);
    w.end_object();
  }
  w.end_object();
}

}  // namespace

void append_openai_thinking(std::string& out, const ThinkingPart& block, std::size_t index) {
  json::Writer w(out);
  w.begin_object();
  if (block.redacted_data.empty()) {
    w.field("type", "reasoning.text").field("text", block.text);
    w.field("signature", block.signature);
  } else {
    w.field("type", "reasoning.encrypted").field("data", block.redacted_data);
  }
  w.field("index", index).end_object();
}

void append_openai_annotation(std::string& out, const Citation& citation,
                              std::string_view content) {
  const auto characters = [content](std::int64_t bytes) {
    return utf8::length(
        content.substr(0, static_cast<std::size_t>(std::max<std::int64_t>(0, bytes))));
  };
  const std::string_view type = citation.url.empty() ? "document_citation" : "url_citation";
  json::Writer w(out);
  w.begin_object().field("type", type).key(type).begin_object();
  w.optional_field("url", citation.url).field("title", citation.title);
  w.optional_field("quote", citation.quote).field("start_index", characters(citation.start));
  w.field("end_index", characters(citation.end)).end_object().end_object();
}

void append_openai_usage(std::string& out, const meter::Usage& usage) {
  json::Writer w(out);
  write_usage(w, usage);
}

std::string encode_openai_response(const ChatResponse& response, const AnswerShape& shape) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", response.id.empty() ? shape.id : response.id);
  w.field("object", "chat.completion");
  w.field("created", response.created != 0 ? response.created : shape.created);
  w.field("model", shape.model.empty() ? response.model : shape.model).key("choices").begin_array();
  for (const Choice& choice : response.choices) write_choice(w, choice);
  w.end_array();
  if (response.usage) {
    w.key("usage");
    write_usage(w, *response.usage);
  }
  w.optional_field("service_tier", response.service_tier);
  if (!shape.maester.empty()) w.raw_field("maester", shape.maester);
  w.end_object();
  return out;
}

}  // namespace maester::gateway
