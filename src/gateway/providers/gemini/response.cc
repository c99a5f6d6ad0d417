#include <array>
#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

struct Named {
  std::string_view text;
  FinishReason reason;
};
constexpr std::array kFinish = {
    Named{"MAX_TOKENS", FinishReason::length},
    Named{"SAFETY", FinishReason::content_filter},
    Named{"RECITATION", FinishReason::content_filter},
    Named{"BLOCKLIST", FinishReason::content_filter},
    Named{"PROHIBITED_CONTENT", FinishReason::content_filter},
    Named{"SPII", FinishReason::content_filter},
    Named{"MODEL_ARMOR", FinishReason::content_filter},
    Named{"IMAGE_SAFETY", FinishReason::content_filter},
    Named{"MALFORMED_FUNCTION_CALL", FinishReason::error},
    Named{"UNEXPECTED_TOOL_CALL", FinishReason::error},
};

Result<Choice> read_candidate(json::Value candidate, std::int64_t position,
                              std::string_view response_id) {
  Choice choice;
  choice.index = candidate.get("index").int_or(position);
  for (const json::Value part : candidate.get("content").get("parts")) {
    TRY(check_part(part));
    if (const json::Value call = part.get("functionCall"); call.is_object()) {
      ToolCall out;
      out.id = call_id(call, response_id, choice.tool_calls.size());
      out.name = call.get("name").string_or("");
      const json::Value args = call.get("args");
      out.arguments = args.is_object() ? std::string(args.raw()) : "{}";
      out.signature = part.get("thoughtSignature").string_or("");
      choice.tool_calls.push_back(std::move(out));
    } else {
      std::string& into = part.get("thought").bool_or(false) ? choice.reasoning : choice.content;
      into += part.get("text").string_or("");
    }
  }
  choice.citations = read_grounding(candidate.get("groundingMetadata"));
  choice.provider_finish = candidate.get("finishReason").string_or("");
  choice.finish = map_finish(choice.provider_finish, !choice.tool_calls.empty());
  return choice;
}

Citation cite(json::Value chunk, json::Value segment) {
  const json::Value web = chunk.get("web"), kept = chunk.get("retrievedContext");
  const json::Value from = web.is_object() ? web : kept;
  Citation out;
  out.url = from.get("uri").string_or("");
  out.title = from.get("title").string_or(from.get("fileSearchStore").string_or(""));
  out.quote = kept.get("text").string_or("");
  out.start = std::max<std::int64_t>(segment.get("startIndex").int_or(0), 0);
  out.end = std::max<std::int64_t>(segment.get("endIndex").int_or(0), out.start);
  out.json = chunk.raw();
  return out;
}

}  // namespace

FinishReason map_finish(std::string_view reason, bool calls) {
  if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED") return FinishReason::none;
  if (reason == "STOP") return calls ? FinishReason::tool_calls : FinishReason::stop;
  for (const Named& entry : kFinish) {
    if (entry.text == reason) return entry.reason;
  }
  return FinishReason::other;
}

std::string_view block_reason(json::Value root) {
  return root.get("promptFeedback").get("blockReason").string_or("");
}

std::string call_id(json::Value call, std::string_view response_id, std::size_t number) {
  const std::string_view own = call.get("id").string_or("");
  if (!own.empty()) return std::string(own);
  if (response_id.empty()) return {};  // the surface makes one
  return "call_" + std::string(response_id) + "_" + std::to_string(number);
}

Status check_part(json::Value part) {
  if (!part.get("inlineData").empty() || !part.get("fileData").empty()) {
    return fail(Code::upstream_error,
                "The model answered with an image or a sound, which a chat cannot hold.");
  }
  return {};  // executableCode, toolCall and their results are the provider's own bookkeeping
}

std::vector<Citation> read_grounding(json::Value metadata) {
  std::vector<Citation> out;
  const json::Value chunks = metadata.get("groundingChunks");
  for (const json::Value support : metadata.get("groundingSupports")) {
    for (const json::Value index : support.get("groundingChunkIndices")) {
      const std::int64_t at = index.int_or(-1);
      if (at < 0 || at >= static_cast<std::int64_t>(chunks.size())) continue;
      out.push_back(cite(chunks.at(static_cast<std::size_t>(at)), support.get("segment")));
    }
  }
  if (out.empty()) {
    for (const json::Value chunk : chunks) out.push_back(cite(chunk, {}));
  }
  return out;
}

Result<ChatResponse> decode_response(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), candidates = root.get("candidates");
  ChatResponse response;
  response.id = root.get("responseId").string_or("");
  response.model = root.get("modelVersion").string_or("");
  response.service_tier = root.get("usageMetadata").get("serviceTier").string_or("");
  bool grounded = false;
  std::int64_t position = 0;
  for (const json::Value candidate : candidates) {
    TRY_ASSIGN(Choice choice, read_candidate(candidate, position++, response.id));
    grounded |= is_grounded(candidate);
    response.choices.push_back(std::move(choice));
  }
  if (response.choices.empty()) {
    const std::string_view blocked = block_reason(root);
    if (blocked.empty()) {
      return fail(Code::upstream_error, "The provider's answer holds no candidates.");
    }
    Choice choice;
    choice.finish = FinishReason::content_filter;
    choice.provider_finish = blocked;
    response.choices.push_back(std::move(choice));
  }
  response.usage = read_usage(root.get("usageMetadata"), grounded);
  return response;
}

}  // namespace maester::gateway::gemini
