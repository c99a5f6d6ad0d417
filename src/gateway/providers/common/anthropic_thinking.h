// Claude's thinking, wherever it runs: what a request's effort or budget comes to.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "gateway/provider.h"

namespace maester::gateway::providers {

inline constexpr std::int64_t kDefaultMaxTokens = 4096;  // Anthropic requires the field

struct Thinking {
  enum class Mode : std::uint8_t { unsaid, off, on } mode = Mode::unsaid;
  std::int64_t budget = 0;  // tokens, counted towards the limit
  std::int64_t limit = 0;   // the output limit, which leaves room for the budget
};
// Code::invalid_request, `param` naming the field, for what cannot be had together.
Result<Thinking> plan_anthropic_thinking(const ChatRequest& request, const EncodeOptions& options);

}  // namespace maester::gateway::providers
