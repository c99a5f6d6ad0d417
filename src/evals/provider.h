// Who answers: the seam between suites and models.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "evals/value.h"

namespace maester::evals {

struct Answer {
  Value output;       // a text; undefined = none
  std::string error;  // "" = there was none
  std::optional<milliseconds> latency;
  std::optional<FemtoUsd> cost;
  std::string finish_reason;
  std::optional<std::vector<double>> log_probabilities;
  std::optional<bool> flagged;  // by a guardrail
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  bool cached = false;
};

class EvalProvider {
 public:
  virtual ~EvalProvider() = default;
  // Called from several threads at once. Blocking; an error is told in the answer.
  virtual Answer ask(const std::string& prompt, const Value& config) = 0;
  // Whether it waits for something, so that asking several at once is worth threads.
  virtual bool waits() const = 0;
};

// Answers the prompt itself, at no cost.
std::unique_ptr<EvalProvider> echo_provider();

}  // namespace maester::evals
