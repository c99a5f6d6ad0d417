#include "evals/gates/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "evals/compare/difference.h"
#include "stats/mean.h"
#include "stats/proportion.h"
#include "stats/quantile.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// The approved cases as one sample of a figure.
struct Sample {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
};
template <class F>
Sample sample_of(const std::vector<ReducedCase>& cases, F value) {
  Sample out;
  Clusters clusters;
  for (const ReducedCase& one : cases) {
    if (const std::optional<double> v = value(one)) {
      out.values.push_back(*v);
      out.cluster.push_back(clusters.of(one));
    }
  }
  return out;
}

std::optional<double> metric_of(const ReducedCase& one, std::string_view metric) {
  if (metric == "pass_rate") return one.passed;
  if (metric == "score") return one.score;
  if (const auto found = one.scores.find(metric); found != one.scores.end()) return found->second;
  if (one.verdict == Verdict::error) return 0;
  return std::nullopt;
}

// A mean of values in [0, 1]. Shares have Wilson's interval over the effective number of cases;
// equal values, whose Student interval would be a point, have it over the clusters.
stats::MeanEstimate estimate(const Sample& sample, bool share, double confidence) {
  stats::MeanEstimate out = stats::estimate_mean(sample.values, sample.cluster, confidence);
  if (out.count == 0 || (!share && out.variance > 0)) return out;
  const double of = out.variance > 0
                        ? static_cast<double>(out.count) / std::max(1.0, out.design_effect)
                        : static_cast<double>(out.clusters);
  out.interval = stats::wilson(out.mean * of, of, confidence);
  return out;
}

enum class Side : std::uint8_t { at_least, at_most };

class Judge {
 public:
  Judge(const Gate& gate, const JudgedRun& candidate, const JudgedRun* baseline)
      : rules_(gate.rules) {
    out_.run = candidate.run.id;
    out_.dataset_version = candidate.run.dataset_version;
    for (const ReducedCase& one : candidate.cases) {
      if (one.approved) cases_.push_back(one);
    }
    out_.cases = std::ranges::count_if(
        cases_, [](const ReducedCase& one) { return one.verdict != Verdict::error; });
    if (baseline == nullptr || !rules_.needs_baseline()) return;
    out_.baseline = baseline->run.id;
    comparison_ = compare_cases(baseline->run, baseline->cases, candidate.run, candidate.cases,
                                {.confidence = rules_.confidence.value_or(stats::kConfidence),
                                 .min_effect = rules_.min_effect.value_or(0),
                                 .approved_only = true,
                                 .resamples = 0});
  }

  GateVerdict run() {
    min_cases();
    if (rules_.min_pass_rate)
      mean_rule("min_pass_rate", "pass_rate", true, *rules_.min_pass_rate, Side::at_least);
    for (const auto& [metric, threshold] : rules_.thresholds) thresholds(metric, threshold);
    if (rules_.max_error_rate) error_rate();
    if (rules_.max_cost_per_case) cost();
    if (rules_.max_p95_latency_ms) latency();
    if (rules_.min_effect) drop("min_effect", "pass_rate", *rules_.min_effect, true);
    if (rules_.no_regression) regression();
    out_.passed = std::ranges::all_of(out_.rules, &RuleOutcome::passed);
    for (const RuleOutcome& one : out_.rules) {
      if (!one.passed) out_.reason += (out_.reason.empty() ? "" : " ") + one.message;
    }
    return std::move(out_);
  }

 private:
  void min_cases() {
    RuleOutcome one{.rule = "min_cases"};
    one.value = static_cast<double>(out_.cases);
    one.limit = static_cast<double>(rules_.min_cases);
    one.passed = out_.cases >= rules_.min_cases;
    one.undecided = !one.passed;
    if (!one.passed) {
      one.needed = rules_.min_cases;
      one.message = "Too few cases to decide: " + std::to_string(out_.cases) +
                    " approved cases were judged, the gate needs " +
                    std::to_string(rules_.min_cases) + ".";
    }
    out_.rules.push_back(std::move(one));
  }

  // An estimate against a limit; with `confidence` the interval's unfavourable end.
  void settle(RuleOutcome one, double value, const stats::Interval& interval, double limit,
              Side side, std::int64_t count, bool by_interval) {
    const auto holds = [&](double x) {
      // A mean of many 0.1s must not fail "at most 0.1" by its last bit.
      constexpr double kRounding = 1e-12;
      return side == Side::at_least ? x >= limit - kRounding : x <= limit + kRounding;
    };
    const double end = side == Side::at_least ? interval.low : interval.high;
    one.value = value;
    one.limit = limit;
    one.interval = interval;
    one.passed = holds(value) && (!by_interval || holds(end));
    one.undecided = holds(value) && !one.passed;
    const std::string wanted = (side == Side::at_least ? "at least " : "at most ") + figure(limit);
    if (one.undecided) {
      const double gap = std::abs(value - limit), reach = std::abs(value - end);
      if (gap > 0 && std::isfinite(reach)) {
        const double needed = std::ceil(static_cast<double>(count) * reach * reach / (gap * gap));
        if (needed < 1e9) one.needed = static_cast<std::int64_t>(needed);
      }
      one.message =
          one.rule + ": too few cases to decide: " + figure(value) + " is " + wanted +
          ", but its interval ends at " + figure(end) + " over " + std::to_string(count) +
          " cases" +
          (one.needed ? "; about " + std::to_string(*one.needed) + " would decide." : ".");
    } else if (!one.passed) {
      one.message = one.rule + ": " + figure(value) + ", must be " + wanted + ".";
    }
    out_.rules.push_back(std::move(one));
  }

  void absent(std::string rule, std::string message) {
    out_.rules.push_back({.rule = rule, .undecided = true, .message = rule + ": " + message});
  }

  void mean_rule(std::string rule, std::string_view metric, bool share, double limit, Side side) {
    const Sample sample =
        sample_of(cases_, [&](const ReducedCase& one) { return metric_of(one, metric); });
    if (sample.values.empty())
      return absent(std::move(rule), "no case of the run has `" + std::string(metric) + "`.");
    const double confidence = rules_.confidence.value_or(stats::kConfidence);
    const stats::MeanEstimate got = estimate(sample, share, confidence);
    settle({.rule = std::move(rule)}, got.mean, got.interval, limit, side, got.count,
           rules_.confidence.has_value());
  }

  void thresholds(const std::string& metric, const Threshold& threshold) {
    const std::string rule = "thresholds." + metric;
    if (threshold.min)
      mean_rule(rule + ".min", metric, metric == "pass_rate", *threshold.min, Side::at_least);
    if (threshold.max_drop)
      drop(rule + ".max_drop", metric, *threshold.max_drop, rules_.confidence.has_value());
  }

  void error_rate() {
    const Sample sample =
        sample_of(cases_, [](const ReducedCase& one) { return std::optional(one.errors); });
    if (sample.values.empty()) return absent("max_error_rate", "the run has no approved case.");
    const double confidence = rules_.confidence.value_or(stats::kConfidence);
    const stats::MeanEstimate got = estimate(sample, true, confidence);
    settle({.rule = "max_error_rate"}, got.mean, got.interval, *rules_.max_error_rate,
           Side::at_most, got.count, rules_.confidence.has_value());
  }

  // The sum is exact, so the mean is held against the limit in integers first.
  void cost() {
    FemtoUsd sum;
    std::int64_t results = 0, unpriced = 0;
    for (const ReducedCase& one : cases_) {
      sum += one.cost;
      results += one.repeats;
      unpriced += one.unpriced;
    }
    if (results == 0 || unpriced > 0) {
      return absent("max_cost_usd_per_case",
                    std::to_string(unpriced) + " of " + std::to_string(results) +
                        " results have no known cost: give their model a price.");
    }
    constexpr double kFemto = 1e-15;
    const Sample sample = sample_of(cases_, [](const ReducedCase& one) {
      return std::optional(static_cast<double>(one.cost.units()) * kFemto /
                           static_cast<double>(one.repeats));
    });
    const auto got = stats::estimate_mean(sample.values, sample.cluster,
                                          rules_.confidence.value_or(stats::kConfidence));
    const double limit = static_cast<double>(rules_.max_cost_per_case->units()) * kFemto;
    const bool within = sum <= *rules_.max_cost_per_case * results;
    settle({.rule = "max_cost_usd_per_case"}, within ? std::min(got.mean, limit) : got.mean,
           got.interval, limit, Side::at_most, got.count, rules_.confidence.has_value());
    out_.rules.back().passed = out_.rules.back().passed && within;
  }

  void latency() {
    std::vector<double> values;
    for (const ReducedCase& one : cases_) {
      if (one.latency_ms) values.push_back(*one.latency_ms);
    }
    if (values.empty())
      return absent("max_p95_latency_ms", "every answer came from a cache: nothing was measured.");
    std::ranges::sort(values);
    settle({.rule = "max_p95_latency_ms"}, stats::quantile(values, 0.95),
           stats::quantile_interval(values, 0.95, rules_.confidence.value_or(stats::kConfidence)),
           static_cast<double>(*rules_.max_p95_latency_ms), Side::at_most,
           static_cast<std::int64_t>(values.size()), rules_.confidence.has_value());
  }

  void drop(std::string rule, std::string_view metric, double limit, bool by_interval) {
    if (!comparison_) return nothing_live(std::move(rule));
    const auto found = std::ranges::find(comparison_->metrics, metric, &Difference::metric);
    if (found == comparison_->metrics.end() || found->cases == 0)
      return absent(std::move(rule), "no case of both runs has `" + std::string(metric) + "`.");
    settle({.rule = std::move(rule)}, found->difference, found->interval, -limit, Side::at_least,
           found->cases, by_interval);
  }

  void regression() {
    if (!comparison_) return nothing_live("no_regression");
    out_.regressed = comparison_->regressed;
    RuleOutcome one{.rule = "no_regression", .passed = out_.regressed.empty()};
    one.value = static_cast<double>(out_.regressed.size());
    one.limit = 0;
    if (!one.passed) {
      constexpr std::size_t kShown = 5;
      one.message = "no_regression: " + std::to_string(out_.regressed.size()) +
                    " approved cases passed before and do not pass now:";
      for (std::size_t i = 0; i < std::min(kShown, out_.regressed.size()); ++i)
        one.message += (i == 0 ? " " : ", ") + out_.regressed[i];
      one.message += out_.regressed.size() > kShown ? ", ..." : ".";
    }
    out_.rules.push_back(std::move(one));
  }

  // The first thing to go live at a place cannot be worse than what was there.
  void nothing_live(std::string rule) {
    out_.rules.push_back(
        {.rule = rule, .passed = true, .message = rule + ": nothing is live yet."});
  }

  const GateRules& rules_;
  std::vector<ReducedCase> cases_;  // approved ones
  std::optional<Comparison> comparison_;
  GateVerdict out_;
};

void write_number(json::Writer& w, std::string_view name, std::optional<double> value) {
  if (value) w.field(name, *value);
}

}  // namespace

GateVerdict judge(const Gate& gate, const JudgedRun& candidate, const JudgedRun* baseline) {
  return Judge(gate, candidate, baseline).run();
}

void write_verdict(json::Writer& w, const GateVerdict& verdict) {
  w.field("passed", verdict.passed).optional_field("reason", verdict.reason);
  w.optional_field("run", verdict.run).optional_field("baseline", verdict.baseline);
  w.field("dataset_version", verdict.dataset_version).field("cases", verdict.cases);
  w.key("rules").begin_array();
  for (const RuleOutcome& one : verdict.rules) {
    w.begin_object().field("rule", one.rule).field("passed", one.passed);
    if (one.undecided) w.field("undecided", true);
    write_number(w, "value", one.value);
    write_number(w, "limit", one.limit);
    if (one.interval != stats::Interval::unknown())
      w.key("interval").begin_array().value(one.interval.low).value(one.interval.high).end_array();
    if (one.needed) w.field("needed_cases", *one.needed);
    w.optional_field("message", one.message).end_object();
  }
  w.end_array().key("regressed").begin_array();
  for (const std::string& id : verdict.regressed) w.value(id);
  w.end_array();
}

}  // namespace maester::evals
