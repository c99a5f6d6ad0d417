// Figures: testdata/figures.py (SciPy 1.17.1 bootstrap, 200,000 to 500,000 resamples). Two
// bootstraps agree up to what their draws differ: with 20,000 resamples an end's own standard error
// is about a hundredth of the interval's width.
#include "stats/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "stats/mean.h"
#include "stats/quantile.h"

namespace maester::stats {
namespace {

// Of an exponential distribution: skew, so that percentile and BCa differ.
const std::vector<double> kSkew = {0.11,  0.39,  1.4,   2.2,   0.343, 0.258, 0.435, 0.103,
                                   1.001, 0.066, 0.451, 3.348, 0.267, 1.285, 0.516, 2.034,
                                   0.908, 1.485, 0.289, 0.178, 0.002, 1.165, 0.894, 1.216,
                                   0.654, 0.575, 0.59,  0.584, 0.041, 2.157, 1.414, 0.066,
                                   1.457, 3.061, 0.206, 0.775, 0.128, 1.23,  2.127, 0.906};

BootstrapOptions many(BootstrapMethod method) {
  return {.seed = 11, .resamples = 20'000, .method = method};
}

TEST(Bootstrap, OfAMeanIsScipys) {
  const Interval bca = bootstrap_mean(kSkew, {}, many(BootstrapMethod::bca));
  EXPECT_NEAR(bca.low, 0.68625, 0.008);
  EXPECT_NEAR(bca.high, 1.2027750, 0.008);
  const Interval plain = bootstrap_mean(kSkew, {}, many(BootstrapMethod::percentile));
  EXPECT_NEAR(plain.low, 0.66575, 0.008);
  EXPECT_NEAR(plain.high, 1.1729, 0.008);
}

double mean_of(std::span<const std::uint32_t> drawn) {
  double sum = 0;
  for (const std::uint32_t i : drawn) sum += kSkew[i];
  return sum / static_cast<double>(drawn.size());
}

double median_of(std::span<const std::uint32_t> drawn) {
  std::vector<double> values;
  for (const std::uint32_t i : drawn) values.push_back(kSkew[i]);
  std::sort(values.begin(), values.end());
  return quantile(values, 0.5);
}

TEST(Bootstrap, OfAnyStatisticIsScipys) {
  const Interval median = bootstrap(kSkew.size(), median_of, many(BootstrapMethod::percentile));
  EXPECT_NEAR(median.low, 0.4125, 0.03);
  EXPECT_NEAR(median.high, 1.083, 0.09);
  const Interval by_function = bootstrap(kSkew.size(), mean_of, many(BootstrapMethod::bca));
  const Interval by_sums = bootstrap_mean(kSkew, {}, many(BootstrapMethod::bca));
  EXPECT_NEAR(by_function.low, by_sums.low, 1e-12);  // the same draws
  EXPECT_NEAR(by_function.high, by_sums.high, 1e-12);
}

TEST(Bootstrap, TheSeedDecidesEveryDraw) {
  EXPECT_EQ(bootstrap_mean(kSkew, {}, {.seed = 5}), bootstrap_mean(kSkew, {}, {.seed = 5}));
  EXPECT_NE(bootstrap_mean(kSkew, {}, {.seed = 5}), bootstrap_mean(kSkew, {}, {.seed = 6}));
}

TEST(Bootstrap, ClustersAreDrawnWhole) {
  std::vector<double> copies;
  std::vector<std::uint32_t> cluster;
  for (std::uint32_t i = 0; i < kSkew.size(); ++i) {
    copies.insert(copies.end(), 4, kSkew[i]);
    cluster.insert(cluster.end(), 4, i);
  }
  const Interval whole = bootstrap_mean(copies, cluster, {.seed = 2});
  const Interval alone = bootstrap_mean(kSkew, {}, {.seed = 2});
  EXPECT_NEAR(whole.low, alone.low, 1e-12);
  EXPECT_NEAR(whole.high, alone.high, 1e-12);
  const Interval torn = bootstrap_mean(copies, {}, {.seed = 2});
  EXPECT_LT(torn.high - torn.low, 0.6 * (whole.high - whole.low));
}

TEST(Bootstrap, OneClusterKnowsNothing) {
  EXPECT_EQ(bootstrap_mean(std::vector<double>{1, 2}, std::vector<std::uint32_t>{0, 0}),
            Interval::unknown());
  EXPECT_EQ(bootstrap_mean(std::vector<double>{}), Interval::unknown());
  EXPECT_EQ(bootstrap(1, mean_of), Interval::unknown());
}

TEST(Bootstrap, EqualValuesAreAPoint) {
  EXPECT_EQ(bootstrap_mean(std::vector<double>{0.5, 0.5, 0.5}), (Interval{0.5, 0.5}));
}

}  // namespace
}  // namespace maester::stats
