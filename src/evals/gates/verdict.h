// What a gate says of a run: every rule with the figure that decided it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/json_writer.h"
#include "evals/compare/reduced.h"
#include "evals/gates/gate.h"
#include "stats/interval.h"

namespace maester::evals {

struct RuleOutcome {
  std::string rule;  // "min_pass_rate", "thresholds.score.max_drop", ...
  bool passed = false;
  // Refused for want of evidence: the estimate satisfies the rule, its interval does not.
  bool undecided = false;
  std::optional<double> value{}, limit{};
  stats::Interval interval{};
  std::optional<std::int64_t> needed{};  // about how many cases would decide it
  std::string message{};                 // a sentence for a person
};

struct GateVerdict {
  bool passed = false;
  std::string run, baseline;  // ids; "" = none
  std::int64_t dataset_version = 0;
  std::int64_t cases = 0;  // approved ones that were judged
  std::vector<RuleOutcome> rules;
  std::vector<std::string>
      regressed;       // approved cases that the baseline passed and the run does not
  std::string reason;  // why it is refused, "" when it passed
};
void write_verdict(json::Writer& w, const GateVerdict& verdict);  // as members of an open object

// `baseline` is null when there is nothing to compare with (nothing was live). Only approved cases
// count; a result that ended in an error is no pass and scores 0. Pure.
struct JudgedRun {
  const Run& run;
  const std::vector<ReducedCase>& cases;
};
GateVerdict judge(const Gate& gate, const JudgedRun& candidate, const JudgedRun* baseline);

}  // namespace maester::evals
