// Maester's own routes, POST /v1/prompted_completion and POST /v1/reliable_completion (CONTRACT.md
// §5): one prompt in, one checked and costed answer out.
#pragma once

#include "codec/json.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

class CompletionSurface : public Surface {
 public:
  Protocol protocol() const override { return Protocol::openai_chat; }
  // max(1, ceil(characters / 4)) of the prompt.
  std::int64_t estimate_input_tokens(const Call& call) const override;
  // 409: the route's body is `{"detail": {"message", "budget"}}` (api/completions.cc).
  Error budget_refusal(const Call& call) const override;

 protected:
  // Reads what both routes have: model, max_tokens (1..2000, default 200).
  static Status read_common(Call& call, json::Value body);
};

class PromptedCompletionSurface final : public CompletionSurface {
 public:
  Status read(Call& call) const override;
  std::string write_answer(const Call& call) const override;
};

class ReliableCompletionSurface final : public CompletionSurface {
 public:
  Status read(Call& call) const override;
  std::string write_answer(const Call& call) const override;
};

}  // namespace maester::gateway
