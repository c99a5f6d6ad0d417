#include "gateway/providers/common/anthropic_thinking.h"

#include <algorithm>
#include <string>

namespace maester::gateway::providers {

namespace {

constexpr std::int64_t kLeastBudget = 1'024;  // Anthropic's

std::unexpected<Error> refuse(const std::string& param, const std::string& why) {
  return fail(Code::invalid_request, "Anthropic's models cannot honour `" + param + "`: " + why,
              param);
}

// What an effort is worth in tokens; 0 = no thinking.
std::int64_t budget_of(std::string_view effort) {
  if (effort == "none") return 0;
  if (effort == "minimal" || effort == "low") return kLeastBudget;
  if (effort == "medium") return 4'096;
  return effort == "high" ? 16'384 : 32'768;
}

bool is_one(const std::string& number) {
  return number.empty() || number == "1" || number == "1.0" || number == "1.00";
}

// A model that thinks wants the thinking of the turn that it goes on with: without it, it refuses
// the request.
bool lacks_thinking(const ChatRequest& request) {
  for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
    if (message->role == Role::tool) continue;
    if (message->role != Role::assistant) return false;
    bool calls = false, thinks = false;
    for (const Part& part : message->parts) {
      calls |= std::holds_alternative<ToolCall>(part);
      thinks |= std::holds_alternative<ThinkingPart>(part);
    }
    return calls && !thinks;
  }
  return false;
}

}  // namespace

Result<Thinking> plan_anthropic_thinking(const ChatRequest& request, const EncodeOptions& options) {
  Thinking out;
  const auto asked = options.max_tokens ? options.max_tokens : request.max_tokens;
  out.limit = asked.value_or(kDefaultMaxTokens);
  const bool exact = request.thinking_budget.has_value();
  if (!exact && request.reasoning_effort.empty()) return out;
  const std::string param = exact ? "thinking_budget" : "reasoning_effort";
  const std::int64_t budget =
      exact ? *request.thinking_budget : budget_of(request.reasoning_effort);
  if (budget == 0) {
    out.mode = Thinking::Mode::off;
    return out;
  }
  if (budget < kLeastBudget) return refuse(param, "the least budget is 1024 tokens there.");
  if (lacks_thinking(request)) {
    return refuse(
        param,
        "the assistant's message with tool calls lacks the signed thinking that came with "
        "it; send it back, or leave `" +
            param + "` out.");
  }
  if (!is_one(request.temperature)) return refuse("temperature", "with thinking it can only be 1.");
  if (request.top_k) return refuse("top_k", "with thinking there is none.");
  if (request.tool_choice && (request.tool_choice->mode == ToolChoice::Mode::required ||
                              request.tool_choice->mode == ToolChoice::Mode::named)) {
    return refuse("tool_choice", "with thinking a call cannot be forced.");
  }
  out.mode = Thinking::Mode::on;
  out.budget = budget;
  if (!asked) {
    out.limit = budget + kDefaultMaxTokens;  // thinking counts towards the limit
  } else if (budget >= out.limit) {
    // An effort is no number: it takes what the limit leaves.
    if (exact) return refuse(param, "it must be less than the output limit.");
    if (out.limit < 2 * kLeastBudget) {
      return refuse(param, "it needs an output limit of at least 2048 tokens.");
    }
    out.budget = std::max(kLeastBudget, out.limit / 2);
  }
  return out;
}

}  // namespace maester::gateway::providers
