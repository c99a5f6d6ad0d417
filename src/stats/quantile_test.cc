// Figures: testdata/figures.py (NumPy 2.4.6, SciPy 1.17.1 quantile_test).
#include "stats/quantile.h"

#include <gtest/gtest.h>

#include <vector>

namespace maester::stats {
namespace {

// Of a lognormal distribution, sorted.
const std::vector<double> kValues = {
    0.0807, 0.1306, 0.1364, 0.1494, 0.1585, 0.1849, 0.2129, 0.2165, 0.2607, 0.2662, 0.275,  0.2754,
    0.2815, 0.2937, 0.3014, 0.3051, 0.3282, 0.371,  0.3759, 0.3944, 0.4104, 0.4454, 0.446,  0.4517,
    0.5088, 0.5265, 0.5377, 0.5579, 0.5603, 0.5835, 0.6113, 0.6202, 0.6292, 0.6293, 0.6328, 0.6347,
    0.6417, 0.6518, 0.6917, 0.7119, 0.7209, 0.7381, 0.7602, 0.7786, 0.7905, 0.821,  0.8219, 0.828,
    0.8295, 0.8862, 0.8943, 0.9073, 0.9356, 0.9527, 0.968,  0.9712, 0.9761, 0.9885, 0.9946, 1.0012,
    1.062,  1.0659, 1.0774, 1.0791, 1.1112, 1.1168, 1.12,   1.1268, 1.1357, 1.1697, 1.2252, 1.3116,
    1.3482, 1.4144, 1.4227, 1.4289, 1.6321, 1.7801, 1.7921, 1.9096, 1.9215, 1.9489, 1.9511, 1.9796,
    1.9925, 2.0043, 2.1431, 2.3617, 2.4215, 2.4566, 2.8637, 2.889,  3.1431, 3.2095, 3.5149, 3.8199,
    3.8916, 4.2145, 4.5884, 7.3921};

TEST(Quantile, IsNumpysDefault) {
  EXPECT_NEAR(quantile(kValues, 0.5), 0.89025, 1e-12);
  EXPECT_NEAR(quantile(kValues, 0.9), 2.4973100000000032, 1e-12);
  EXPECT_NEAR(quantile(kValues, 0.95), 3.530149999999999, 1e-12);
  EXPECT_EQ(quantile(kValues, 0), 0.0807);
  EXPECT_EQ(quantile(kValues, 1), 7.3921);
  EXPECT_EQ(quantile(std::vector<double>{}, 0.5), 0);
  EXPECT_EQ(quantile(std::vector<double>{3}, 0.95), 3);
}

TEST(Quantile, TheIntervalIsScipys) {
  EXPECT_EQ(quantile_interval(kValues, 0.5), (Interval{0.7119, 1.062}));
  EXPECT_EQ(quantile_interval(kValues, 0.9), (Interval{1.9796, 3.8199}));
  EXPECT_EQ(quantile_interval(kValues, 0.95), (Interval{2.4566, 7.3921}));
}

TEST(Quantile, TooFewValuesHaveNoUpperEnd) {
  const std::vector<double> few(kValues.begin(), kValues.begin() + 20);
  const Interval got = quantile_interval(few, 0.95);
  EXPECT_FALSE(got.known());
  EXPECT_EQ(got.high, Interval::unknown().high);
  EXPECT_GT(got.low, 0);
  EXPECT_EQ(quantile_interval(std::vector<double>{}, 0.5), Interval::unknown());
}

TEST(Quantile, AnUpperEndOfP95TakesSeventyTwoValues) {
  std::vector<double> values(71, 1.0);
  EXPECT_FALSE(quantile_interval(values, 0.95).known());
  values.push_back(1.0);
  EXPECT_TRUE(quantile_interval(values, 0.95).known());
}

}  // namespace
}  // namespace maester::stats
