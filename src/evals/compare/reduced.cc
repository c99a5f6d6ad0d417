#include "evals/compare/reduced.h"

#include <algorithm>
#include <utility>

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

// One case while its repeats come in.
struct Open {
  ReducedCase row;
  std::int64_t judged = 0, passed = 0, failed = 0, timed = 0;
  double latency = 0, sum = 0, least = 1, most = 0;
  std::map<std::string, std::pair<double, std::int64_t>, std::less<>> scores;

  void add(const CaseResult& one) {
    ++row.repeats;
    row.approved = row.approved && one.approved;
    if (const std::string_view failure = failure_of(one); !failure.empty()) {
      ++failed;
      ++row.failures[std::string(failure)];
    }
    const bool error = one.verdict == Verdict::error;
    const double score = error ? 0 : one.score;
    judged += !error;
    passed += one.verdict == Verdict::pass;
    sum += score;
    least = std::min(least, score);
    most = std::max(most, score);
    for (const auto& [metric, value] : one.scores) {
      scores[metric].first += value;
      ++scores[metric].second;
    }
    row.cost += one.cost.value_or(FemtoUsd());
    row.grading_cost += one.grading_cost.value_or(FemtoUsd());
    row.unpriced += !one.cost && !one.cached && !error;
    if (one.cached || error) return;
    ++timed;
    latency += static_cast<double>(one.latency_ms);
  }

  ReducedCase close(Reducer reducer) {
    const double repeats = static_cast<double>(row.repeats);
    const bool any = reducer == Reducer::pass_at_k;
    const bool pass = any ? passed > 0 : passed == row.repeats;
    row.passed = reducer == Reducer::mean ? static_cast<double>(passed) / repeats : pass ? 1 : 0;
    row.score = reducer == Reducer::mean ? sum / repeats : any ? most : least;
    row.errors = static_cast<double>(failed) / repeats;
    for (const auto& [metric, total] : scores)
      row.scores[metric] = total.first / static_cast<double>(total.second);
    if (judged > 0) row.verdict = pass ? Verdict::pass : Verdict::fail;
    if (timed > 0) row.latency_ms = latency / static_cast<double>(timed);
    return std::move(row);
  }
};

}  // namespace

std::string_view failure_of(const CaseResult& result) {
  if (!result.failure.empty()) return result.failure;
  switch (result.verdict) {
    case Verdict::pass:
      return "";
    case Verdict::fail:
      return "failed_check";
    case Verdict::error:
      return "error";
  }
  return "";
}

Result<std::vector<ReducedCase>> reduced_cases(RunResults& results, const Run& run) {
  std::vector<ReducedCase> out;
  std::optional<Open> open;
  TRY(results.for_each_case(run.tenant, run.id, false, [&](const CaseResult& one) -> Status {
    if (open && open->row.id != one.case_id) {
      out.push_back(open->close(run.reducer));
      open.reset();
    }
    if (!open) {
      open.emplace();
      open->row.id = one.case_id;
      open->row.source = one.source;
    }
    open->add(one);
    return {};
  }));
  if (open) out.push_back(open->close(run.reducer));
  return out;
}

}  // namespace maester::evals
