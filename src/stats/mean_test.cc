// Figures: testdata/figures.py (SciPy 1.17.1, statsmodels 0.15.0).
#include "stats/mean.h"

#include <gtest/gtest.h>

#include <vector>

namespace maester::stats {
namespace {

constexpr double kDigits = 1e-12;
const std::vector<double> kValues = {0.12, -0.03, 0.4, 0.05, 0.31,  -0.22,
                                     0.08, 0.17,  0.0, 0.26, -0.11, 0.09};
const std::vector<std::uint32_t> kClusters = {0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 5};

TEST(Mean, WithoutClustersIsStudentsTest) {
  const MeanEstimate got = estimate_mean(kValues);
  EXPECT_NEAR(got.mean, 0.09333333333333334, kDigits);
  EXPECT_NEAR(got.variance, 0.030987878787878797, kDigits);
  EXPECT_NEAR(got.mean / got.standard_error, 1.836671450854646, 1e-11);
  EXPECT_NEAR(got.p_value, 0.09340516617027694, kDigits);
  EXPECT_NEAR(got.interval.low, -0.018513171120668928, kDigits);
  EXPECT_NEAR(got.interval.high, 0.20517983778733562, kDigits);
  EXPECT_EQ(got.df, 11);
}

TEST(Mean, WithClustersIsTheSandwichOfStatsmodels) {
  const MeanEstimate got = estimate_mean(kValues, kClusters);
  EXPECT_EQ(got.clusters, 6);
  EXPECT_EQ(got.df, 5);
  EXPECT_NEAR(got.standard_error, 0.04012942, 5e-9);
  EXPECT_NEAR(got.p_value, 0.06756298, 5e-9);
  EXPECT_NEAR(got.interval.low, -0.00982263, 5e-9);
  EXPECT_NEAR(got.interval.high, 0.19648929, 5e-9);
  EXPECT_NEAR(got.design_effect, 0.04012942 * 0.04012942 / (0.030987878787878797 / 12), 1e-6);
}

TEST(Mean, ClustersOfOneAreStudentsTest) {
  std::vector<std::uint32_t> own;
  for (std::uint32_t i = 0; i < kValues.size(); ++i) own.push_back(100 - i);
  const MeanEstimate clustered = estimate_mean(kValues, own);
  const MeanEstimate plain = estimate_mean(kValues);
  EXPECT_NEAR(clustered.standard_error, plain.standard_error, kDigits);
  EXPECT_NEAR(clustered.p_value, plain.p_value, kDigits);
  EXPECT_NEAR(clustered.design_effect, 1, kDigits);
}

TEST(Mean, CasesThatRepeatTheirClusterTellNothingNew) {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
  for (std::uint32_t i = 0; i < kValues.size(); ++i) {
    for (int copy = 0; copy < 5; ++copy) {
      values.push_back(kValues[i]);
      cluster.push_back(i);
    }
  }
  const MeanEstimate copies = estimate_mean(values, cluster);
  EXPECT_NEAR(copies.standard_error, estimate_mean(kValues).standard_error, kDigits);
  EXPECT_LT(estimate_mean(values).standard_error, copies.standard_error / 2);
}

TEST(Mean, OneValueOrOneClusterKnowsNothing) {
  EXPECT_EQ(estimate_mean(std::vector<double>{}).interval, Interval::unknown());
  EXPECT_EQ(estimate_mean(std::vector<double>{0.5}).interval, Interval::unknown());
  const MeanEstimate one =
      estimate_mean(std::vector<double>{0.5, 0.7}, std::vector<std::uint32_t>{3, 3});
  EXPECT_EQ(one.interval, Interval::unknown());
  EXPECT_EQ(one.p_value, 1);
  EXPECT_DOUBLE_EQ(one.mean, 0.6);
}

TEST(Mean, EqualValuesAreAPoint) {
  const MeanEstimate zero = estimate_mean(std::vector<double>{0, 0, 0});
  EXPECT_EQ(zero.interval, (Interval{0, 0}));
  EXPECT_EQ(zero.p_value, 1);
  const MeanEstimate one =
      estimate_mean(std::vector<double>{1, 1, 1}, std::vector<std::uint32_t>{1, 2, 2});
  EXPECT_EQ(one.interval, (Interval{1, 1}));
  EXPECT_EQ(one.p_value, 0);
}

TEST(Mean, TwoSamplesAreWelchs) {
  Moments first, second;
  for (const double v : {1.2, 3.4, 2.2, 5.1, 0.7, 2.9}) first.add(v);
  for (const double v : {2.5, 4.8, 3.9, 6.0, 2.0}) second.add(v);
  const MeanDifference got = compare_means(first, second);
  EXPECT_NEAR(got.difference, 1.2566666666666668, kDigits);
  EXPECT_NEAR(got.difference / got.standard_error, 1.2811055471723034, 1e-11);
  EXPECT_NEAR(got.df, 8.540126848608365, 1e-10);
  EXPECT_NEAR(got.p_value, 0.23384813034442542, kDigits);
  EXPECT_NEAR(got.interval.low, -0.9806854858229999, 1e-11);
  EXPECT_NEAR(got.interval.high, 3.4940188191563335, 1e-11);
  EXPECT_EQ(compare_means(first, Moments::of(1, 3, 0)).interval, Interval::unknown());
}

TEST(Mean, MomentsMergeAsIfAddedInOneStream) {
  Moments all, left, right;
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    all.add(kValues[i]);
    (i < 5 ? left : right).add(kValues[i]);
  }
  left.merge(right);
  left.merge(Moments());
  EXPECT_EQ(left.count(), all.count());
  EXPECT_NEAR(left.mean(), all.mean(), kDigits);
  EXPECT_NEAR(left.variance(), all.variance(), kDigits);
  Moments empty;
  empty.merge(all);
  EXPECT_NEAR(empty.variance(), all.variance(), kDigits);
}

}  // namespace
}  // namespace maester::stats
