// Maester's own call to a model that judges a text for a policy's rule. Made for one call; the
// views must outlive it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/pipeline/surface.h"

namespace maester::gateway {

struct ModerationVerdict {
  bool flagged = false;
  std::vector<std::string> categories;
};

// Reads a judge's answer: our JSON, or what guard models say ("safe", "unsafe" and a line of
// categories). Nothing for anything else: then it was not judged.
std::optional<ModerationVerdict> read_moderation(std::string_view answer);

class ModerationSurface final : public Surface {
 public:
  ModerationSurface(std::string_view model, std::string_view text,
                    const std::vector<std::string>& categories, milliseconds timeout)
      : model_(model), text_(text), categories_(categories), timeout_(timeout) {}

  Protocol protocol() const override { return Protocol::openai_chat; }
  Status read(Call& call) const override;
  std::int64_t estimate_input_tokens(const Call&) const override { return 0; }
  Error budget_refusal(const Call&) const override { return {}; }  // it asks for no request budget
  std::string write_answer(const Call&) const override { return {}; }

 private:
  std::string_view model_, text_;
  const std::vector<std::string>& categories_;
  milliseconds timeout_;
};

}  // namespace maester::gateway
