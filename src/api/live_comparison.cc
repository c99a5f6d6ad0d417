#include "api/live_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "stats/mean.h"
#include "stats/proportion.h"
#include "stats/quantile.h"

namespace maester::api {
namespace {

constexpr double kPositive = 0.5;

struct Sample {
  std::string version;
  std::int64_t requests = 0, cached = 0, errors = 0, judged = 0, passed = 0;
  std::int64_t said = 0, positive = 0;
  stats::Moments score, feedback, cost;
  std::vector<double> latencies;  // sorted once all are there
};

Sample& sample_of(std::vector<Sample>& samples, std::string_view version) {
  const auto found = std::find_if(samples.begin(), samples.end(),
                                  [&](const Sample& one) { return one.version == version; });
  if (found != samples.end()) return *found;
  samples.emplace_back().version = version;
  return samples.back();
}

void add(Sample& sample, const meter::LabelAnswer& answer) {
  ++sample.requests;
  if (answer.verdict) {
    ++sample.judged;
    sample.passed += *answer.verdict ? 1 : 0;
  }
  if (answer.score) sample.score.add(static_cast<double>(*answer.score) / 1e6);
  if (answer.cached) {
    ++sample.cached;
    return;
  }
  if (answer.cost) sample.cost.add(std::strtod(answer.cost->to_string().c_str(), nullptr));
  if (answer.answered) {
    sample.latencies.push_back(static_cast<double>(answer.duration_ms));
  } else {
    ++sample.errors;
  }
}

void add(Sample& sample, std::string_view said) {
  double value = said == "true" ? 1 : 0;
  if (said != "true" && said != "false") {
    const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), value);
    if (error != std::errc{} || end != said.data() + said.size() || !std::isfinite(value)) return;
  }
  ++sample.said;
  sample.positive += value >= kPositive ? 1 : 0;
  sample.feedback.add(value);
}

Compared share(std::int64_t successes, std::int64_t of, std::int64_t first_successes,
               std::int64_t first_of, bool is_first) {
  Compared out;
  out.measure = {of, of == 0 ? 0 : static_cast<double>(successes) / static_cast<double>(of),
                 stats::wilson(static_cast<double>(successes), static_cast<double>(of))};
  if (is_first || of == 0 || first_of == 0) return out;
  const auto compared = stats::compare_proportions(first_successes, first_of, successes, of);
  out.difference = Difference{compared.difference, compared.interval, compared.p_value};
  return out;
}

Compared mean(const stats::Moments& values, const stats::Moments& first, bool is_first) {
  const auto estimate = stats::estimate_mean(values);
  Compared out{{estimate.count, estimate.mean, estimate.interval}, {}};
  if (is_first || values.count() == 0 || first.count() == 0) return out;
  const auto compared = stats::compare_means(first, values);
  out.difference = Difference{compared.difference, compared.interval, {}};
  if (compared.interval.known()) out.difference->p_value = compared.p_value;
  return out;
}

Measure quantile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return {};
  return {static_cast<std::int64_t>(sorted.size()), stats::quantile(sorted, p),
          stats::quantile_interval(sorted, p)};
}

Compared quantile(const Sample& sample, const Sample& first, double p) {
  Compared out{quantile(sample.latencies, p), {}};
  if (&sample == &first || sample.latencies.empty() || first.latencies.empty()) return out;
  const Measure& two = out.measure;
  const Measure one = quantile(first.latencies, p);
  const double difference = two.value - one.value;
  // An end that is not known makes the end of the difference unknown: infinity adds up.
  out.difference = Difference{
      difference,
      {difference - std::hypot(two.value - two.interval.low, one.interval.high - one.value),
       difference + std::hypot(two.interval.high - two.value, one.value - one.interval.low)},
      {}};
  return out;
}

VersionResults results_of(const Sample& sample, const Sample& first) {
  const bool is_first = &sample == &first;
  VersionResults out;
  out.version = sample.version;
  out.requests = sample.requests;
  out.cached = sample.cached;
  out.errors = share(sample.errors, sample.requests - sample.cached, first.errors,
                     first.requests - first.cached, is_first);
  out.passed = share(sample.passed, sample.judged, first.passed, first.judged, is_first);
  out.score = mean(sample.score, first.score, is_first);
  out.positive = share(sample.positive, sample.said, first.positive, first.said, is_first);
  out.feedback = mean(sample.feedback, first.feedback, is_first);
  out.cost = mean(sample.cost, first.cost, is_first);
  out.p50 = quantile(sample, first, 0.5);
  out.p95 = quantile(sample, first, 0.95);
  return out;
}

}  // namespace

std::vector<VersionResults> compare_live(const meter::LabelAnswers& answers,
                                         const std::vector<std::string>& first) {
  std::vector<Sample> samples;
  for (const std::string& version : first) sample_of(samples, version);
  for (const meter::LabelAnswer& answer : answers.answers)
    add(sample_of(samples, answer.version), answer);
  for (const meter::LabelFeedback& said : answers.feedback)
    add(sample_of(samples, said.version), said.value);
  std::vector<VersionResults> out;
  for (Sample& sample : samples) std::sort(sample.latencies.begin(), sample.latencies.end());
  for (const Sample& sample : samples) out.push_back(results_of(sample, samples.front()));
  return out;
}

}  // namespace maester::api
