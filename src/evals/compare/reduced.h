// The cases of a run, each with its repeats reduced to one row: what comparisons and gates count.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evals/runs/results.h"

namespace maester::evals {

// One case. Verdict: `error` when no repeat could be judged; else `pass` when all repeats passed
// (with pass_at_k: when one did). A repeat that ended in an error is no pass and scores 0.
struct ReducedCase {
  std::string id, source;
  bool approved = true;
  CaseResult::Verdict verdict = CaseResult::Verdict::error;
  // By the run's reducer: the share of repeats that passed (mean), 1 if all did (all), 1 if any did
  // (pass_at_k).
  double passed = 0;
  double score = 0;                                   // mean, least (all) or most (pass_at_k)
  std::map<std::string, double, std::less<>> scores;  // means, by metric
  double errors = 0;                                  // share of repeats with a failure of any kind
  std::map<std::string, std::int64_t, std::less<>> failures;  // repeats by kind of failure
  FemtoUsd cost, grading_cost;                                // of all repeats together
  std::int64_t unpriced = 0;         // repeats that were asked, answered and have no cost
  std::optional<double> latency_ms;  // mean of answers that did not come from a cache
  std::int64_t repeats = 0;
};

// What counts as a failure of one result: its own `failure`, else "error" of an error without one,
// else "failed_check" of a fail without one; "" of a pass.
std::string_view failure_of(const CaseResult& result);

// By case id. Code::not_found as RunResults says. Blocking.
Result<std::vector<ReducedCase>> reduced_cases(RunResults& results, const Run& run);

}  // namespace maester::evals
