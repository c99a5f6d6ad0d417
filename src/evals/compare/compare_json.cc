#include "evals/compare/compare_json.h"

#include <algorithm>

#include "codec/json_writer.h"

namespace maester::evals {
namespace {

std::string_view name_of(std::optional<CaseResult::Verdict> verdict) {
  if (!verdict) return "missing";
  switch (*verdict) {
    case CaseResult::Verdict::pass:
      return "pass";
    case CaseResult::Verdict::fail:
      return "fail";
    case CaseResult::Verdict::error:
      return "error";
  }
  return "error";
}

void write_interval(json::Writer& w, std::string_view name, const stats::Interval& interval) {
  w.key(name).begin_array().value(interval.low).value(interval.high).end_array();
}

void write_run(json::Writer& w, std::string_view name, const Run& run, const RunSums& sums) {
  w.key(name).begin_object().field("id", run.id).optional_field("name", run.name);
  w.field("dataset", run.dataset).field("dataset_version", run.dataset_version);
  w.key("candidate").begin_object();
  for (const auto& [member, value] : run.candidate) w.field(std::string_view(member), value);
  w.end_object();
  w.field("cases", sums.cases).field("passed", sums.passed).field("failed", sums.failed);
  w.field("errors", sums.errors).field("results", sums.results).key("failures").begin_object();
  for (const auto& [kind, count] : sums.failures) w.field(std::string_view(kind), count);
  w.end_object().field("cost_usd", sums.cost).field("grading_cost_usd", sums.grading_cost);
  w.field("unpriced", sums.unpriced).field("mean_latency_ms", sums.mean_latency_ms);
  w.field("p95_latency_ms", sums.p95_latency_ms).end_object();
}

void write_difference(json::Writer& w, const Difference& one, bool bootstrap) {
  w.begin_object().field("metric", one.metric).field("cases", one.cases);
  w.field("clusters", one.clusters).field("first", one.first).field("second", one.second);
  w.field("difference", one.difference).field("standard_error", one.standard_error);
  write_interval(w, "interval", one.interval);
  if (bootstrap) write_interval(w, "bootstrap_interval", one.bootstrap);
  w.field("p_value", one.p_value).field("shown", to_string(one.shown));
  w.field("detectable_effect", one.detectable).key("needed_cases");
  one.needed ? w.value(*one.needed) : w.null();
  w.end_object();
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const CompareOptions& options,
                            std::size_t most_cases) {
  std::string out;
  json::Writer w(out);
  const bool bootstrap = options.resamples > 0;
  w.begin_object();
  write_run(w, "first", comparison.first, comparison.first_sums);
  write_run(w, "second", comparison.second, comparison.second_sums);
  w.field("same_dataset_version",
          comparison.first.dataset_version == comparison.second.dataset_version);
  w.field("confidence", options.confidence).field("min_effect", options.min_effect);
  w.field("approved_only", options.approved_only).field("matched", comparison.matched);
  w.key("changes").begin_object();
  for (const CaseChange change : {CaseChange::same, CaseChange::fixed, CaseChange::regressed,
                                  CaseChange::error, CaseChange::missing}) {
    const auto found = comparison.changes.find(change);
    w.field(to_string(change), found == comparison.changes.end() ? 0 : found->second);
  }
  w.end_object().key("metrics").begin_array();
  for (const Difference& one : comparison.metrics) write_difference(w, one, bootstrap);
  w.end_array().key("mcnemar").begin_object().field("first_only", comparison.first_only);
  w.field("second_only", comparison.second_only).field("exact_p", comparison.mcnemar.exact_p);
  w.field("mid_p", comparison.mcnemar.mid_p).end_object().key("latency");
  write_difference(w, comparison.latency, bootstrap);
  if (bootstrap) write_interval(w, "p95_latency_difference_ms", comparison.p95_difference_ms);
  w.key("cost");
  write_difference(w, comparison.cost, bootstrap);
  w.key("regressed").begin_array();
  for (const std::string& id : comparison.regressed) w.value(id);
  w.end_array().key("cases").begin_array();
  for (std::size_t i = 0; i < std::min(most_cases, comparison.cases.size()); ++i) {
    const ComparedCase& one = comparison.cases[i];
    w.begin_object().field("id", one.id).field("change", to_string(one.change));
    w.field("approved", one.approved).field("first", name_of(one.first));
    w.field("second", name_of(one.second)).field("first_score", one.first_score);
    w.field("second_score", one.second_score).end_object();
  }
  w.end_array().field("cases_left_out",
                      comparison.cases.size() - std::min(most_cases, comparison.cases.size()));
  w.end_object();
  return out;
}

}  // namespace maester::evals
