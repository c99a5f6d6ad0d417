#include "evals/compare/compare.h"

#include <algorithm>
#include <array>
#include <set>

#include "evals/compare/difference.h"
#include "stats/bootstrap.h"
#include "stats/mean.h"
#include "stats/quantile.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

struct Matched {
  const ReducedCase *first, *second;
  std::uint32_t cluster;
};

constexpr double kFemto = 1e-15;
double usd_each(const ReducedCase& one) {
  return static_cast<double>(one.cost.units()) * kFemto / static_cast<double>(one.repeats);
}

RunSums sums_of(const std::vector<ReducedCase>& cases) {
  RunSums out;
  stats::Moments latency;
  std::vector<double> latencies;
  for (const ReducedCase& one : cases) {
    ++out.cases;
    out.passed += one.verdict == Verdict::pass;
    out.failed += one.verdict == Verdict::fail;
    out.errors += one.verdict == Verdict::error;
    for (const auto& [kind, count] : one.failures) out.failures[kind] += count;
    out.results += one.repeats;
    out.unpriced += one.unpriced;
    out.cost += one.cost;
    out.grading_cost += one.grading_cost;
    if (!one.latency_ms) continue;
    latency.add(*one.latency_ms);
    latencies.push_back(*one.latency_ms);
  }
  std::ranges::sort(latencies);
  out.mean_latency_ms = latency.mean();
  out.p95_latency_ms = stats::quantile(latencies, 0.95);
  return out;
}

CaseChange change_of(Verdict first, Verdict second) {
  if (first == second) return CaseChange::same;
  if (second == Verdict::error) return CaseChange::error;
  if (second == Verdict::pass) return CaseChange::fixed;
  return first == Verdict::pass ? CaseChange::regressed : CaseChange::same;
}

// Walks both lists, which stand in the order of their ids.
class Matcher {
 public:
  Matcher(Comparison& out, const CompareOptions& options) : out_(out), options_(options) {}

  std::vector<Matched> run(const std::vector<ReducedCase>& first,
                           const std::vector<ReducedCase>& second) {
    std::size_t a = 0, b = 0;
    while (a < first.size() || b < second.size()) {
      if (b == second.size() || (a < first.size() && first[a].id < second[b].id)) {
        missing(&first[a++], nullptr);
      } else if (a == first.size() || second[b].id < first[a].id) {
        missing(nullptr, &second[b++]);
      } else {
        both(first[a++], second[b++]);
      }
    }
    return std::move(matched_);
  }

 private:
  void missing(const ReducedCase* first, const ReducedCase* second) {
    const ReducedCase& there = first != nullptr ? *first : *second;
    if (options_.approved_only && !there.approved) return;
    ComparedCase row{.id = there.id, .approved = there.approved, .change = CaseChange::missing};
    if (first != nullptr) row.first = first->verdict, row.first_score = first->score;
    if (second != nullptr) row.second = second->verdict, row.second_score = second->score;
    if (first != nullptr && first->approved && first->verdict == Verdict::pass)
      out_.regressed.push_back(there.id);
    tell(std::move(row));
  }

  void both(const ReducedCase& first, const ReducedCase& second) {
    // What the candidate's version of the dataset says of the case is what counts.
    if (options_.approved_only && !second.approved) return;
    const CaseChange change = change_of(first.verdict, second.verdict);
    const bool passed = first.verdict == Verdict::pass, passes = second.verdict == Verdict::pass;
    out_.first_only += passed && !passes;
    out_.second_only += passes && !passed;
    if (second.approved && passed && !passes) out_.regressed.push_back(second.id);
    tell({.id = second.id,
          .approved = second.approved,
          .change = change,
          .first = first.verdict,
          .second = second.verdict,
          .first_score = first.score,
          .second_score = second.score});
    matched_.push_back({&first, &second, clusters_.of(second)});
  }

  void tell(ComparedCase row) {
    ++out_.changes[row.change];
    if (row.change != CaseChange::same) out_.cases.push_back(std::move(row));
  }

  Comparison& out_;
  const CompareOptions& options_;
  Clusters clusters_;
  std::vector<Matched> matched_;
};

template <class F>
Pairs pairs_of(const std::vector<Matched>& matched, F value) {
  Pairs out;
  for (const Matched& one : matched) out.add(value(*one.first), value(*one.second), one.cluster);
  return out;
}

std::optional<double> metric_of(const ReducedCase& one, const std::string& metric) {
  if (const auto found = one.scores.find(metric); found != one.scores.end()) return found->second;
  if (one.verdict == Verdict::error) return 0;  // what could not be judged is worth nothing
  return std::nullopt;
}

// Of the cases where both sides have the metric, and one was judged.
Pairs pairs_of_metric(const std::vector<Matched>& matched, const std::string& metric) {
  Pairs out;
  for (const Matched& one : matched) {
    if (one.first->verdict == Verdict::error && one.second->verdict == Verdict::error) continue;
    const auto a = metric_of(*one.first, metric), b = metric_of(*one.second, metric);
    if (a && b) out.add(*a, *b, one.cluster);
  }
  return out;
}

void compare_metrics(Comparison& out, const std::vector<Matched>& matched,
                     const CompareOptions& options) {
  const auto add = [&](std::string_view name, const Pairs& pairs, Better better) {
    out.metrics.push_back(difference_of(name, pairs, better, true, options));
  };
  add("pass_rate", pairs_of(matched, [](const ReducedCase& c) { return c.passed; }), Better::more);
  add("score", pairs_of(matched, [](const ReducedCase& c) { return c.score; }), Better::more);
  add("error_rate", pairs_of(matched, [](const ReducedCase& c) { return c.errors; }), Better::less);
  std::set<std::string> names;
  for (const Matched& one : matched) {
    for (const auto& [name, score] : one.first->scores) names.insert(name);
  }
  for (const std::string& name : names) {
    const Pairs pairs = pairs_of_metric(matched, name);
    if (!pairs.first.empty()) add(name, pairs, Better::more);
  }
}

void compare_costs(Comparison& out, const std::vector<Matched>& matched, CompareOptions options) {
  options.min_effect = 0;  // of rates and scores
  Pairs latency, cost;
  std::vector<double> first, second;
  for (const Matched& one : matched) {
    if (one.first->latency_ms && one.second->latency_ms)
      latency.add(*one.first->latency_ms, *one.second->latency_ms, one.cluster);
    if (one.first->unpriced == 0 && one.second->unpriced == 0)
      cost.add(usd_each(*one.first), usd_each(*one.second), one.cluster);
  }
  out.latency = difference_of("latency_ms", latency, Better::less, false, options);
  out.cost = difference_of("cost_usd", cost, Better::less, false, options);
  if (options.resamples == 0) return;
  std::vector<double> a, b;
  const auto p95 = [&](std::span<const std::uint32_t> drawn) {
    a.clear();
    b.clear();
    for (const std::uint32_t i : drawn) {
      a.push_back(latency.first[i]);
      b.push_back(latency.second[i]);
    }
    std::ranges::sort(a);
    std::ranges::sort(b);
    return stats::quantile(b, 0.95) - stats::quantile(a, 0.95);
  };
  // Sorting two samples for each draw bounds how many draws are worth their time.
  const std::int64_t draws = latency.first.size() > 20'000 ? 100 : 500;
  out.p95_difference_ms = stats::bootstrap(latency.first.size(), p95,
                                           {.seed = options.seed,
                                            .resamples = std::min(options.resamples, draws),
                                            .confidence = options.confidence,
                                            .method = stats::BootstrapMethod::percentile});
}

Status must_have_succeeded(const Run& run) {
  if (run.state == RunState::succeeded) return {};
  return fail(Code::conflict,
              "Run " + run.id + " has not succeeded: only whole runs can be compared.", "run");
}

}  // namespace

Status check(const CompareOptions& options) {
  if (!(options.confidence >= 0.5 && options.confidence <= 0.999))
    return fail(Code::invalid_request, "`confidence` must be from 0.5 to 0.999.", "confidence");
  if (!(options.min_effect >= 0 && options.min_effect <= 1))
    return fail(Code::invalid_request, "`min_effect` must be from 0 to 1.", "min_effect");
  if (options.resamples < 0 || options.resamples > 20'000)
    return fail(Code::invalid_request, "`resamples` must be from 0 to 20000.", "resamples");
  return {};
}

std::string_view to_string(CaseChange change) {
  static constexpr std::array<std::string_view, 5> kNames{"same", "fixed", "regressed", "error",
                                                          "missing"};
  return kNames[static_cast<std::size_t>(change)];
}

std::string_view to_string(Shown shown) {
  static constexpr std::array<std::string_view, 4> kNames{"nothing", "better", "worse",
                                                          "equivalent"};
  return kNames[static_cast<std::size_t>(shown)];
}

Comparison compare_cases(const Run& first, const std::vector<ReducedCase>& first_cases,
                         const Run& second, const std::vector<ReducedCase>& second_cases,
                         const CompareOptions& options) {
  Comparison out;
  out.first = first;
  out.second = second;
  out.first_sums = sums_of(first_cases);
  out.second_sums = sums_of(second_cases);
  const std::vector<Matched> matched = Matcher(out, options).run(first_cases, second_cases);
  out.matched = static_cast<std::int64_t>(matched.size());
  out.mcnemar = stats::mcnemar(out.first_only, out.second_only);
  compare_metrics(out, matched, options);
  compare_costs(out, matched, options);
  return out;
}

Result<Comparison> compare_runs(RunResults& results, std::string_view tenant,
                                std::string_view first, std::string_view second,
                                const CompareOptions& options) {
  TRY(check(options));
  TRY_ASSIGN(const Run before, results.find(tenant, first));
  TRY_ASSIGN(const Run after, results.find(tenant, second));
  TRY(must_have_succeeded(before));
  TRY(must_have_succeeded(after));
  if (before.dataset != after.dataset) {
    return fail(Code::conflict,
                "Run " + before.id + " is over dataset `" + before.dataset + "`, run " + after.id +
                    " over `" + after.dataset + "`: only runs over one dataset can be compared.",
                "run");
  }
  TRY_ASSIGN(const auto before_cases, reduced_cases(results, before));
  TRY_ASSIGN(const auto after_cases, reduced_cases(results, after));
  return compare_cases(before, before_cases, after, after_cases, options);
}

}  // namespace maester::evals
