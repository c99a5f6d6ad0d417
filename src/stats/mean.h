// Means and differences of means, with intervals and tests.
//
// A paired comparison is the mean of the pairs' differences. Cases that share a source (one
// document, one conversation) are not independent: give their clusters, and the standard error is
// the cluster-robust one (the "CR1" sandwich with G / (G - 1), G - 1 degrees of freedom), which
// with clusters of one case each is exactly Student's. Without it intervals are too narrow, on
// published evaluations up to three times.
// Sources: E. Miller, "Adding error bars to evals", arXiv:2411.00640 (2024), sections 2 and 3;
// A. C. Cameron, D. L. Miller, J. Human Resources 50 (2015) 317-372 for the correction;
// B. L. Welch, Biometrika 34 (1947) 28-35. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>

#include "stats/interval.h"

namespace maester::stats {

// Count, mean and squared deviations, kept without the values (Welford 1962; Chan et al. 1979 for
// merge). For a stream, such as a live comparison's requests.
class Moments {
 public:
  void add(double value);
  void merge(const Moments& other);
  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  double variance() const;  // with n - 1; 0 below two values
  static Moments of(std::int64_t count, double mean, double variance);

 private:
  std::int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

struct MeanEstimate {
  std::int64_t count = 0;     // values
  std::int64_t clusters = 0;  // = count when all are independent
  double mean = 0;            // 0 when there is no value
  double variance = 0;        // of a single value, n - 1
  double standard_error = 0;  // cluster-robust where clusters are given
  double df = 0;
  Interval interval;   // unknown() below two clusters; a point when all values are equal
  double p_value = 1;  // two-sided, of "the mean is 0"; 1 below two clusters
  // By how much the clusters widen the variance of the mean (Kish's design effect); 1 without.
  double design_effect = 1;
};
// `cluster` is empty, or as long as `values`: equal numbers are one cluster. Allocates where
// clusters are given. REQUIRES: finite values
MeanEstimate estimate_mean(std::span<const double> values,
                           std::span<const std::uint32_t> cluster = {},
                           double confidence = kConfidence);
MeanEstimate estimate_mean(const Moments& moments, double confidence = kConfidence);

struct MeanDifference {
  double difference = 0;  // second - first
  double standard_error = 0, df = 0;
  Interval interval;   // unknown() when one side has fewer than two values
  double p_value = 1;  // two-sided
};
// Welch's: two independent samples of unequal variance.
MeanDifference compare_means(const Moments& first, const Moments& second,
                             double confidence = kConfidence);

}  // namespace maester::stats
