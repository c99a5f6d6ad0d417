#include "stats/mean.h"

#include <cmath>
#include <unordered_map>

#include "stats/distribution.h"

namespace maester::stats {
namespace {

// The interval and the p-value of an estimate with a Student distribution.
struct Judged {
  Interval interval;
  double p_value;
};
Judged judge(double estimate, double error, double df, double confidence) {
  if (error == 0) return {{estimate, estimate}, estimate == 0 ? 1.0 : 0.0};
  const double half = student_quantile(0.5 + confidence / 2, df) * error;
  return {{estimate - half, estimate + half}, student_two_sided(estimate / error, df)};
}

// The sum over clusters of the squared sum of their deviations, and how many clusters there are.
struct Clustered {
  double squares = 0;
  std::int64_t clusters = 0;
};
Clustered cluster_squares(std::span<const double> values, std::span<const std::uint32_t> cluster,
                          double mean) {
  std::unordered_map<std::uint32_t, double> sums;
  for (std::size_t i = 0; i < values.size(); ++i) sums[cluster[i]] += values[i] - mean;
  Clustered out;
  out.clusters = static_cast<std::int64_t>(sums.size());
  for (const auto& [id, sum] : sums) out.squares += sum * sum;
  return out;
}

}  // namespace

void Moments::add(double value) {
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

void Moments::merge(const Moments& other) {
  if (other.count_ == 0) return;
  const double a = static_cast<double>(count_), b = static_cast<double>(other.count_);
  const double apart = other.mean_ - mean_;
  count_ += other.count_;
  mean_ += apart * b / (a + b);
  squares_ += other.squares_ + apart * apart * a * b / (a + b);
}

double Moments::variance() const {
  return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1);
}

Moments Moments::of(std::int64_t count, double mean, double variance) {
  Moments out;
  out.count_ = count;
  out.mean_ = mean;
  out.squares_ = count < 2 ? 0 : variance * static_cast<double>(count - 1);
  return out;
}

MeanEstimate estimate_mean(const Moments& moments, double confidence) {
  MeanEstimate out;
  out.count = out.clusters = moments.count();
  out.mean = moments.mean();
  out.variance = moments.variance();
  if (out.count < 2) return out;
  out.df = static_cast<double>(out.count - 1);
  out.standard_error = std::sqrt(out.variance / static_cast<double>(out.count));
  const Judged judged = judge(out.mean, out.standard_error, out.df, confidence);
  out.interval = judged.interval;
  out.p_value = judged.p_value;
  return out;
}

MeanEstimate estimate_mean(std::span<const double> values, std::span<const std::uint32_t> cluster,
                           double confidence) {
  Moments moments;
  for (const double value : values) moments.add(value);
  if (cluster.empty()) return estimate_mean(moments, confidence);
  MeanEstimate out;
  out.count = moments.count();
  out.mean = moments.mean();
  out.variance = moments.variance();
  const Clustered by = cluster_squares(values, cluster, out.mean);
  out.clusters = by.clusters;
  if (out.clusters < 2) return out;
  const double n = static_cast<double>(out.count), g = static_cast<double>(out.clusters);
  out.df = g - 1;
  if (out.variance > 0) {
    const double variance = g / (g - 1) * by.squares / (n * n);
    out.standard_error = std::sqrt(variance);
    out.design_effect = variance / (out.variance / n);
  }
  const Judged judged = judge(out.mean, out.standard_error, out.df, confidence);
  out.interval = judged.interval;
  out.p_value = judged.p_value;
  return out;
}

MeanDifference compare_means(const Moments& first, const Moments& second, double confidence) {
  MeanDifference out;
  out.difference = second.mean() - first.mean();
  if (first.count() < 2 || second.count() < 2) return out;
  const double n1 = static_cast<double>(first.count()), n2 = static_cast<double>(second.count());
  const double v1 = first.variance() / n1, v2 = second.variance() / n2;
  out.standard_error = std::sqrt(v1 + v2);
  out.df = v1 + v2 == 0 ? n1 + n2 - 2
                        : (v1 + v2) * (v1 + v2) / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1));
  const Judged judged = judge(out.difference, out.standard_error, out.df, confidence);
  out.interval = judged.interval;
  out.p_value = judged.p_value;
  return out;
}

}  // namespace maester::stats
