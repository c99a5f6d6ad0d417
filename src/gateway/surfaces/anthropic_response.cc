#include <string>

#include "codec/json_writer.h"
#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {
namespace {

void write_thinking(json::Writer& w, const ThinkingPart& block) {
  w.begin_object();
  if (block.redacted_data.empty()) {
    w.field("type", "thinking").field("thinking", block.text).field("signature", block.signature);
  } else {
    w.field("type", "redacted_thinking").field("data", block.redacted_data);
  }
  w.end_object();
}

// The blocks that were signed; what no block holds is thinking without a signature.
void write_reasoning(json::Writer& w, const Choice& choice) {
  std::string_view rest = choice.reasoning;
  for (const ThinkingPart& block : choice.thinking) {
    write_thinking(w, block);
    if (rest.starts_with(block.text)) rest.remove_prefix(block.text.size());
  }
  if (!rest.empty()) write_thinking(w, {std::string(rest), {}, {}});
}

void write_text(json::Writer& w, const Choice& choice) {
  if (choice.content.empty() && choice.citations.empty()) return;
  w.begin_object().field("type", "text").field("text", choice.content);
  if (!choice.citations.empty()) {
    std::string list = "[";
    for (std::size_t i = 0; i < choice.citations.size(); ++i) {
      if (i != 0) list += ',';
      append_anthropic_citation(list, choice.citations[i], i);
    }
    w.raw_field("citations", list + "]");
  }
  w.end_object();
}

void write_calls(json::Writer& w, const Choice& choice) {
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
    const ToolCall& call = choice.tool_calls[i];
    w.begin_object().field("type", "tool_use");
    w.field("id", call.id.empty() ? "toolu_" + std::to_string(i) : call.id);
    w.field("name", call.name).key("input");
    // A provider may send what is no object, for a model that was cut off: an object is promised.
    const auto arguments = json::Document::parse(call.arguments);
    if (arguments && arguments->root().is_object()) {
      w.raw(arguments->root().raw());
    } else {
      w.begin_object();
      w.optional_field("_malformed", call.arguments).end_object();
    }
    w.end_object();
  }
}

void write_content(json::Writer& w, const Choice& choice) {
  w.key("content").begin_array();
  write_reasoning(w, choice);
  write_text(w, choice);
  if (!choice.refusal.empty()) {
    w.begin_object().field("type", "text").field("text", choice.refusal).end_object();
  }
  write_calls(w, choice);
  w.end_array();
}

}  // namespace

std::string_view anthropic_stop_reason(FinishReason reason, std::string_view provider_reason,
                                       bool called) {
  switch (reason) {
    case FinishReason::length:
      return "max_tokens";
    case FinishReason::content_filter:
      return "refusal";
    case FinishReason::tool_calls:
    case FinishReason::function_call:
      return "tool_use";
    case FinishReason::none:
    case FinishReason::stop:
    case FinishReason::error:
    case FinishReason::other:
      break;
  }
  if (provider_reason == "pause_turn") return provider_reason;
  // Some servers say `stop` after calls; Anthropic's clients go by `tool_use`.
  return called ? "tool_use" : "end_turn";
}

void append_anthropic_citation(std::string& out, const Citation& citation, std::size_t number) {
  json::Writer w(out);
  w.begin_object();
  if (!citation.url.empty()) {
    w.field("type", "web_search_result_location").field("url", citation.url);
    w.field("title", citation.title).field("cited_text", citation.quote);
    w.field("encrypted_index", "");
  } else {
    w.field("type", "search_result_location").field("source", citation.title);
    w.field("title", citation.title).field("cited_text", citation.quote);
    w.field("search_result_index", number).field("start_block_index", 0);
    w.field("end_block_index", 0);
  }
  w.end_object();
}

void append_anthropic_usage(std::string& out, const meter::Usage& usage,
                            std::string_view service_tier) {
  const std::int64_t cached = usage.cached_input + usage.cached_audio_input;
  const std::int64_t written =
      usage.cache_write_5m + usage.cache_write_1h + usage.cache_write_audio;
  json::Writer w(out);
  w.begin_object().field("input_tokens", usage.prompt_tokens() - cached - written);
  w.field("cache_creation_input_tokens", written).field("cache_read_input_tokens", cached);
  w.field("output_tokens", usage.completion_tokens());
  if (usage.searches != 0) {
    w.key("server_tool_use").begin_object().field("web_search_requests", usage.searches);
    w.end_object();
  }
  w.optional_field("service_tier", service_tier == "default" ? "standard" : service_tier);
  w.end_object();
}

std::string encode_anthropic_response(const ChatResponse& response, const MessageShape& shape) {
  static const Choice kNothing;
  const Choice& choice = response.choices.empty() ? kNothing : response.choices.front();
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", response.id.empty() ? shape.id : response.id);
  w.field("type", "message").field("role", "assistant");
  w.field("model", response.model.empty() ? shape.model : response.model);
  write_content(w, choice);
  const std::string_view stop =
      choice.refusal.empty()
          ? anthropic_stop_reason(choice.finish, choice.provider_finish, !choice.tool_calls.empty())
          : "refusal";
  w.field("stop_reason", stop).key("stop_sequence").null();
  std::string usage;
  append_anthropic_usage(usage, response.usage.value_or(meter::Usage{}), response.service_tier);
  w.raw_field("usage", usage);
  if (!shape.maester.empty()) w.raw_field("maester", shape.maester);
  w.end_object();
  return out;
}

}  // namespace maester::gateway
