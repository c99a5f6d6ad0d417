#include "evals/compare/difference.h"

#include <algorithm>
#include <cmath>

#include "stats/bootstrap.h"
#include "stats/mean.h"
#include "stats/power.h"
#include "stats/proportion.h"

namespace maester::evals {
namespace {

double mean_of(std::span<const double> values) {
  stats::Moments moments;
  for (const double value : values) moments.add(value);
  return moments.mean();
}

// Where all pairs are equal a Student interval is a point, which claims to know what it does not.
// As many clusters that never differed say this much (Newcombe's, by the rate rounded to counts).
stats::Interval of_equal_pairs(double rate, std::int64_t clusters, double confidence) {
  const auto passed = static_cast<std::int64_t>(std::llround(rate * static_cast<double>(clusters)));
  return stats::newcombe_paired({passed, 0, 0, clusters - passed}, confidence);
}

Shown shown_by(const stats::Interval& interval, Better better, double min_effect) {
  if (!interval.known()) return Shown::nothing;
  if (min_effect > 0 && interval.low > -min_effect && interval.high < min_effect)
    return Shown::equivalent;
  if (interval.low <= 0 && interval.high >= 0) return Shown::nothing;
  return (interval.low > 0) == (better == Better::more) ? Shown::better : Shown::worse;
}

}  // namespace

Difference difference_of(std::string_view metric, const Pairs& pairs, Better better, bool rate,
                         const CompareOptions& options) {
  Difference out;
  out.metric = metric;
  out.first = mean_of(pairs.first);
  out.second = mean_of(pairs.second);
  std::vector<double> differences(pairs.first.size());
  for (std::size_t i = 0; i < differences.size(); ++i)
    differences[i] = pairs.second[i] - pairs.first[i];
  const stats::MeanEstimate estimate =
      stats::estimate_mean(differences, pairs.cluster, options.confidence);
  out.cases = estimate.count;
  out.clusters = estimate.clusters;
  out.difference = estimate.mean;
  out.standard_error = estimate.standard_error;
  out.interval = estimate.interval;
  out.p_value = estimate.p_value;
  const bool equal = std::ranges::all_of(differences, [](double d) { return d == 0; });
  if (rate && equal && out.clusters >= 2)
    out.interval = of_equal_pairs(out.first, out.clusters, options.confidence);
  if (options.resamples > 0) {
    out.bootstrap = stats::bootstrap_mean(
        differences, pairs.cluster,
        {.seed = options.seed, .resamples = options.resamples, .confidence = options.confidence});
  }
  out.shown = shown_by(out.interval, better, options.min_effect);
  const stats::PowerOptions power{.confidence = options.confidence,
                                  .design_effect = estimate.design_effect};
  out.detectable = stats::detectable_effect(out.standard_error, power);
  const double effect = options.min_effect > 0 ? options.min_effect : std::abs(out.difference);
  if (effect > 0 && estimate.variance > 0)
    out.needed = stats::cases_for_mean(std::sqrt(estimate.variance), effect, power);
  return out;
}

std::uint32_t Clusters::of(const ReducedCase& one) {
  // A case of no source is its own; the mark keeps it apart from a source of that name.
  std::string key = one.source.empty() ? "c" + one.id : "s" + one.source;
  return numbers_.try_emplace(std::move(key), static_cast<std::uint32_t>(numbers_.size()))
      .first->second;
}

}  // namespace maester::evals
