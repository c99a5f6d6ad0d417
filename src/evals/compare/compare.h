// Two runs over the same cases, held against each other: case by case, and in sum with paired
// differences, their intervals, and what it would take to know more.
//
// Cases are matched by id; repeats of a case are reduced to one row first (reduced.h); cases of one
// source are a cluster. Only matched cases enter the sums: what one side lacks is listed. The
// interval of a difference is Student's over the pairs' differences, cluster-robust; where no pair
// differs, which would make it a point, that of a rate is Newcombe's over the clusters. Beside it
// stands a bootstrap interval (BCa, clusters drawn whole, seeded). docs/concepts/statistics.md
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evals/compare/reduced.h"
#include "stats/interval.h"
#include "stats/mcnemar.h"

namespace maester::evals {

struct CompareOptions {
  double confidence = stats::kConfidence;
  double min_effect = 0;  // the least difference of a rate or score that matters; 0 = any
  bool approved_only = false;
  std::int64_t resamples = 2000;  // of the bootstrap; 0 = none
  std::uint64_t seed = 1;
};
// Code::invalid_request, naming the member.
Status check(const CompareOptions& options);

// Of one case, from the first run (the baseline) to the second (the candidate). `error`: the second
// could not be judged while the first was; `missing`: one side lacks it.
enum class CaseChange : std::uint8_t { same, fixed, regressed, error, missing };
std::string_view to_string(CaseChange change);

struct ComparedCase {
  std::string id;
  bool approved = true;
  CaseChange change = CaseChange::same;
  std::optional<CaseResult::Verdict> first{}, second{};  // nullopt = missing there
  double first_score = 0, second_score = 0;
};

// What a difference shows. `better` and `worse` by what the figure means: of error_rate less is
// better. `equivalent`: smaller than the minimum effect, whatever it is.
enum class Shown : std::uint8_t { nothing, better, worse, equivalent };
std::string_view to_string(Shown shown);

struct Difference {
  std::string metric;  // pass_rate, score, error_rate, latency_ms, cost_usd, a metric of the runs
  std::int64_t cases = 0, clusters = 0;
  double first = 0, second = 0;  // means over the matched cases
  double difference = 0;         // second - first
  double standard_error = 0;
  stats::Interval interval, bootstrap;
  double p_value = 1;
  Shown shown = Shown::nothing;
  double detectable = 0;               // what this many cases show with 80 % power
  std::optional<std::int64_t> needed;  // cases to show the difference that was seen, or min_effect
};

struct RunSums {
  std::int64_t cases = 0, passed = 0, failed = 0, errors = 0;  // all that the run has
  std::map<std::string, std::int64_t, std::less<>> failures;   // results by kind
  std::int64_t results = 0, unpriced = 0;
  FemtoUsd cost, grading_cost;
  double mean_latency_ms = 0, p95_latency_ms = 0;  // of cases that were not answered from a cache
};

struct Comparison {
  Run first, second;  // without specs
  RunSums first_sums, second_sums;
  std::int64_t matched = 0;
  std::map<CaseChange, std::int64_t> changes;
  std::vector<ComparedCase> cases;     // by id; those that are `same` left out
  std::vector<std::string> regressed;  // approved cases that passed and do not pass now
  std::vector<Difference> metrics;     // pass_rate, score, error_rate, then by name
  Difference latency, cost;            // means over cases; less is better
  stats::Interval p95_difference_ms;   // bootstrap of the paired p95
  stats::McNemar mcnemar;              // of the verdicts; an error is no pass
  std::int64_t first_only = 0, second_only = 0;
};

// Code::not_found for a run that the tenant has not; Code::conflict for one that has not succeeded,
// or for runs of two datasets. Blocking.
Result<Comparison> compare_runs(RunResults& results, std::string_view tenant,
                                std::string_view first, std::string_view second,
                                const CompareOptions& options);
// Of rows that are in memory. Pure.
Comparison compare_cases(const Run& first, const std::vector<ReducedCase>& first_cases,
                         const Run& second, const std::vector<ReducedCase>& second_cases,
                         const CompareOptions& options);

}  // namespace maester::evals
