#include <array>
#include <utility>

#include "gateway/providers/cohere/adapter.h"
#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/text_offsets.h"

namespace maester::gateway::cohere {

namespace {

struct Named {
  std::string_view text;
  FinishReason reason;
};
constexpr std::array kFinish = {Named{"COMPLETE", FinishReason::stop},
                                Named{"STOP_SEQUENCE", FinishReason::stop},
                                Named{"MAX_TOKENS", FinishReason::length},
                                Named{"TOOL_CALL", FinishReason::tool_calls},
                                Named{"ERROR", FinishReason::error},
                                Named{"TIMEOUT", FinishReason::error},
                                Named{"ERROR_TOXIC", FinishReason::content_filter}};

}  // namespace

FinishReason map_finish(std::string_view reason) {
  if (reason.empty()) return FinishReason::none;
  for (const Named& entry : kFinish) {
    if (entry.text == reason) return entry.reason;
  }
  return FinishReason::other;
}

std::optional<meter::Usage> read_usage(json::Value usage) {
  json::Value counts = usage.get("billed_units");
  if (!counts.get("input_tokens").is_number()) counts = usage.get("tokens");
  if (!counts.get("input_tokens").is_number()) return std::nullopt;
  bool bounded = false;
  meter::Usage out;
  out.input = providers::bounded_count(counts.get("input_tokens"), bounded);
  out.output = providers::bounded_count(counts.get("output_tokens"), bounded);
  if (bounded) out.provenance = meter::Provenance::estimated;
  return out;
}

Citation read_citation(json::Value citation, std::string_view text) {
  const json::Value source = citation.get("sources").at(0);
  const json::Value document = source.get("document");
  Citation out;
  out.url = document.get("url").string_or("");
  out.title = document.get("title").string_or(source.get("id").string_or(""));
  out.quote = document.get("text").string_or(document.get("snippet").string_or(""));
  out.json = citation.raw();
  if (citation.get("type").string_or("") != "PLAN") {
    out.start = providers::byte_offset(text, citation.get("start").int_or(0));
    out.end = providers::byte_offset(text, citation.get("end").int_or(0));
    if (out.end < out.start) out.end = out.start;
  }
  return out;
}

Result<ChatResponse> decode_response(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), message = root.get("message");
  if (!message.is_object()) {
    return fail(Code::upstream_error, "The provider's answer holds no message.");
  }
  ChatResponse response;
  response.id = root.get("id").string_or("");
  Choice choice;
  choice.reasoning = message.get("tool_plan").string_or("");
  for (const json::Value part : message.get("content")) {
    choice.reasoning += part.get("thinking").string_or("");
    choice.content += part.get("text").string_or("");
  }
  for (const json::Value value : message.get("tool_calls")) {
    const json::Value function = value.get("function");
    ToolCall call;
    call.id = value.get("id").string_or("");
    call.name = function.get("name").string_or("");
    call.arguments = function.get("arguments").string_or("");
    if (call.arguments.empty()) call.arguments = "{}";
    choice.tool_calls.push_back(std::move(call));
  }
  for (const json::Value citation : message.get("citations")) {
    choice.citations.push_back(read_citation(citation, choice.content));
  }
  choice.provider_finish = root.get("finish_reason").string_or("");
  choice.finish = map_finish(choice.provider_finish);
  response.choices.push_back(std::move(choice));
  response.usage = read_usage(root.get("usage"));
  return response;
}

}  // namespace maester::gateway::cohere
