#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/duration.h"
#include "gateway/providers/ollama/adapter.h"

namespace maester::gateway::ollama {

// "2024-05-24T20:01:31.01558Z", also with an offset: the fraction is dropped.
std::int64_t created_at(json::Value root) {
  const std::string_view text = root.get("created_at").string_or("");
  if (text.size() < 20) return 0;
  const auto date = providers::parse_date(std::string(text.substr(0, 19)) + "Z");
  return date ? date->time_since_epoch().count() : 0;
}

FinishReason map_done(std::string_view reason, bool calls) {
  if (reason == "length") return FinishReason::length;
  if (calls) return FinishReason::tool_calls;
  return reason == "stop" || reason.empty() ? FinishReason::stop : FinishReason::other;
}

std::optional<meter::Usage> read_usage(json::Value root) {
  const json::Value prompt = root.get("prompt_eval_count"), answer = root.get("eval_count");
  if (!prompt.is_number() && !answer.is_number()) return std::nullopt;
  bool bounded = !prompt.is_number();
  meter::Usage out;
  out.input = providers::bounded_count(prompt, bounded);
  out.output = providers::bounded_count(answer, bounded);
  if (bounded) out.provenance = meter::Provenance::estimated;
  return out;
}

Result<ChatResponse> decode_response(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), message = root.get("message");
  if (!message.is_object() || !root.get("done").bool_or(false)) {
    return fail(Code::upstream_error, "The provider's answer holds no finished message.");
  }
  ChatResponse response;
  response.model = root.get("model").string_or("");
  response.created = created_at(root);
  Choice choice;
  choice.content = message.get("content").string_or("");
  choice.reasoning = message.get("thinking").string_or("");
  for (const json::Value value : message.get("tool_calls")) {
    const json::Value function = value.get("function"), arguments = function.get("arguments");
    choice.tool_calls.push_back({std::string(value.get("id").string_or("")),
                                 std::string(function.get("name").string_or("")),
                                 arguments.is_object() ? std::string(arguments.raw()) : "{}",
                                 {}});
  }
  choice.provider_finish = root.get("done_reason").string_or("");
  choice.finish = map_done(choice.provider_finish, !choice.tool_calls.empty());
  response.choices.push_back(std::move(choice));
  response.usage = read_usage(root);
  return response;
}

}  // namespace maester::gateway::ollama
