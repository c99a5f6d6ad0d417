#include <array>

#include "gateway/providers/common/think_tags.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

struct Named {
  std::string_view text;
  FinishReason reason;
};
constexpr std::array kFinish = {
    Named{"stop", FinishReason::stop},
    Named{"length", FinishReason::length},
    Named{"tool_calls", FinishReason::tool_calls},
    Named{"content_filter", FinishReason::content_filter},
    Named{"function_call", FinishReason::function_call},
    Named{"error", FinishReason::error},
    // What imitators say instead:
    Named{"eos", FinishReason::stop},
    Named{"end_turn", FinishReason::stop},
    Named{"stop_sequence", FinishReason::stop},
    Named{"max_tokens", FinishReason::length},
    Named{"model_length", FinishReason::length},
    Named{"tool_use", FinishReason::tool_calls},
};

// Joins the "text" members of parts: [{"type":"text","text":"..."}]
void append_texts(json::Value parts, std::string& out) {
  if (parts.is_string()) {
    out += parts.string_or("");
    return;
  }
  for (const json::Value part : parts) out += part.get("text").string_or("");
}

}  // namespace

FinishReason map_finish(std::string_view reason) {
  if (reason.empty()) return FinishReason::none;
  for (const Named& entry : kFinish) {
    if (entry.text == reason) return entry.reason;
  }
  return FinishReason::other;
}

std::string_view reasoning_text(json::Value message, std::string& scratch) {
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    const std::string_view text = message.get(name).string_or("");
    if (!text.empty()) return text;
  }
  scratch.clear();
  for (const json::Value detail : message.get("reasoning_details")) {
    scratch += detail.get("text").string_or(detail.get("summary").string_or(""));
  }
  return scratch;
}

std::string_view thought_signature(json::Value call) {
  return call.get("extra_content").get("google").get("thought_signature").string_or("");
}

void read_details(json::Value message, const std::string& reasoning,
                  std::vector<ThinkingPart>& out) {
  for (const json::Value detail : message.get("reasoning_details")) {
    const std::string_view signature = detail.get("signature").string_or("");
    const std::string_view secret = detail.get("data").string_or("");
    if (!signature.empty()) {
      out.push_back(
          {std::string(detail.get("text").string_or(reasoning)), std::string(signature), {}});
    } else if (!secret.empty()) {
      out.push_back({{}, {}, std::string(secret)});
    }
  }
}

Citation page(json::Value url) {
  Citation out;
  out.url = url.string_or("");
  out.json = url.raw();
  return out;
}

void split_thinking(Choice& choice) {
  providers::ThinkTags tags;
  std::string text, thinking;
  tags.feed(choice.content, text, thinking);
  tags.finish(text, thinking);
  choice.content = std::move(text);
  choice.reasoning += thinking;
}

Content content_text(json::Value content, std::string& text_scratch,
                     std::string& thinking_scratch) {
  if (!content.is_array()) return {content.string_or(""), {}};
  text_scratch.clear();
  thinking_scratch.clear();
  for (const json::Value part : content) {
    if (part.is_string()) {
      text_scratch += part.string_or("");
    } else if (part.get("type").string_or("") == "thinking") {
      append_texts(part.get("thinking"), thinking_scratch);
    } else {
      text_scratch += part.get("text").string_or("");
    }
  }
  return {text_scratch, thinking_scratch};
}

std::string_view arguments_text(json::Value arguments) {
  if (arguments.is_object()) return arguments.raw();
  return arguments.string_or("");
}

}  // namespace maester::gateway::openai
