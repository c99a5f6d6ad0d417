#include <array>
#include <utility>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/scrub.h"

namespace maester::gateway::anthropic {

namespace {

struct Named {
  std::string_view text;
  FinishReason reason;
};
constexpr std::array kStops = {
    Named{"end_turn", FinishReason::stop},
    Named{"stop_sequence", FinishReason::stop},
    Named{"max_tokens", FinishReason::length},
    Named{"model_context_window_exceeded", FinishReason::length},
    Named{"tool_use", FinishReason::tool_calls},
    Named{"refusal", FinishReason::content_filter},
};

void read_block(json::Value block, Choice& out) {
  const std::string_view type = block.get("type").string_or("");
  if (type == "text") {
    const auto begin = static_cast<std::int64_t>(out.content.size());
    out.content += block.get("text").string_or("");
    for (const json::Value each : block.get("citations")) {
      Citation citation = read_citation(each);
      citation.start = begin;
      citation.end = static_cast<std::int64_t>(out.content.size());
      out.citations.push_back(std::move(citation));
    }
  } else if (type == "thinking") {
    const std::string_view text = block.get("thinking").string_or("");
    const std::string_view signature = block.get("signature").string_or("");
    out.reasoning += text;
    if (!signature.empty()) out.thinking.push_back({std::string(text), std::string(signature), {}});
  } else if (type == "redacted_thinking") {
    const std::string_view secret = block.get("data").string_or("");
    if (!secret.empty()) out.thinking.push_back({{}, {}, std::string(secret)});
  } else if (type == "tool_use") {
    const json::Value input = block.get("input");
    ToolCall call;
    call.id = block.get("id").string_or("");
    call.name = block.get("name").string_or("");
    call.arguments = input.is_object() ? std::string(input.raw()) : "{}";
    out.tool_calls.push_back(std::move(call));
  }
  // Server tools, their results and compactions are the provider's own bookkeeping.
}

}  // namespace

Citation read_citation(json::Value citation) {
  Citation out;
  out.url = citation.get("url").string_or(citation.get("source").string_or(""));
  out.title = citation.get("title").string_or(citation.get("document_title").string_or(""));
  out.quote = citation.get("cited_text").string_or("");
  out.json = citation.raw();
  return out;
}

FinishReason map_stop(std::string_view reason) {
  if (reason.empty()) return FinishReason::none;
  for (const Named& entry : kStops) {
    if (entry.text == reason) return entry.reason;
  }
  return FinishReason::other;  // pause_turn, and what is still to be invented
}

Result<ChatResponse> decode_response(std::string_view body) {
  auto doc = json::Document::parse(body);
  if (!doc) {
    return fail(Code::upstream_error, "The provider's answer is not JSON.", {},
                std::move(doc).error().message);
  }
  const json::Value root = doc->root();
  if (providers::is_error_value(root)) {
    return fail(Code::upstream_error, "The provider answered 200 with an error in its body.", {},
                providers::scrub(providers::read_error_value(root).message));
  }
  const json::Value content = root.get("content");
  if (!content.is_array()) {
    return fail(Code::upstream_error, "The provider's answer holds no content.");
  }
  ChatResponse response;
  response.id = root.get("id").string_or("");
  response.model = root.get("model").string_or("");
  Choice choice;
  for (const json::Value block : content) read_block(block, choice);
  choice.provider_finish = root.get("stop_reason").string_or("");
  choice.finish = map_stop(choice.provider_finish);
  response.choices.push_back(std::move(choice));
  UsageReader usage;
  usage.read(root.get("usage"));
  response.usage = usage.usage();
  response.service_tier = usage.service_tier();
  return response;
}

}  // namespace maester::gateway::anthropic
