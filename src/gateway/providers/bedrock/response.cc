#include <array>
#include <utility>

#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/answer.h"

namespace maester::gateway::bedrock {

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
    Named{"guardrail_intervened", FinishReason::content_filter},
    Named{"content_filtered", FinishReason::content_filter},
    Named{"refusal", FinishReason::content_filter},
};

Citation read_citation(json::Value value, std::int64_t begin, std::int64_t end) {
  Citation out;
  out.title = value.get("title").string_or("");
  out.url = value.get("location").get("web").get("url").string_or("");
  out.quote = value.get("sourceContent").at(0).get("text").string_or("");
  out.start = begin;
  out.end = end;
  out.json = value.raw();
  return out;
}

void read_thinking(json::Value block, Choice& out) {
  const json::Value text = block.get("reasoningText");
  const std::string_view words = text.get("text").string_or("");
  const std::string_view signature = text.get("signature").string_or("");
  const std::string_view secret = block.get("redactedContent").string_or("");
  out.reasoning += words;
  if (!signature.empty())
    out.thinking.push_back({std::string(words), std::string(signature), {}});
  else if (!secret.empty())
    out.thinking.push_back({{}, {}, std::string(secret)});
}

Status read_block(json::Value block, Choice& out) {
  if (const json::Value text = block.get("text"); text.is_string()) {
    out.content += text.string_or("");
  } else if (const json::Value call = block.get("toolUse"); call.is_object()) {
    if (is_server_tool(call)) return {};
    const json::Value input = call.get("input");
    out.tool_calls.push_back({std::string(call.get("toolUseId").string_or("")),
                              std::string(call.get("name").string_or("")),
                              input.is_object() ? std::string(input.raw()) : "{}",
                              {}});
  } else if (const json::Value thought = block.get("reasoningContent"); thought.is_object()) {
    read_thinking(thought, out);
  } else if (const json::Value cited = block.get("citationsContent"); cited.is_object()) {
    const auto begin = static_cast<std::int64_t>(out.content.size());
    for (const json::Value part : cited.get("content")) {
      out.content += part.get("text").string_or("");
    }
    const auto end = static_cast<std::int64_t>(out.content.size());
    for (const json::Value each : cited.get("citations")) {
      out.citations.push_back(read_citation(each, begin, end));
    }
  } else if (block.get("image").is_object() || block.get("video").is_object()) {
    return fail(Code::upstream_error,
                "The model answered with an image or a film, which a chat cannot hold.");
  }  // results of the server's own tools, what a guardrail was asked about
  return {};
}

}  // namespace

bool is_server_tool(json::Value tool_use) {
  return tool_use.get("type").string_or("") == "server_tool_use";
}

FinishReason map_stop(std::string_view reason) {
  if (reason.empty()) return FinishReason::none;
  for (const Named& entry : kStops) {
    if (entry.text == reason) return entry.reason;
  }
  return FinishReason::other;
}

Result<ChatResponse> decode_response(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), content = root.get("output").get("message").get("content");
  if (!content.is_array()) {
    return fail(Code::upstream_error, "The provider's answer holds no content.");
  }
  ChatResponse response;
  Choice choice;
  for (const json::Value block : content) TRY(read_block(block, choice));
  choice.provider_finish = root.get("stopReason").string_or("");
  choice.finish = map_stop(choice.provider_finish);
  response.choices.push_back(std::move(choice));
  response.usage = read_usage(root.get("usage"));
  response.service_tier = root.get("serviceTier").get("type").string_or("");
  return response;
}

}  // namespace maester::gateway::bedrock
