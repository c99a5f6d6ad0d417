// Figures: testdata/figures.py (SciPy 1.17.1).
#include "stats/distribution.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maester::stats {
namespace {

// Within `relative` of what is wanted, as a share of it.
void expect_near(double value, double wanted, double relative) {
  EXPECT_NEAR(value, wanted, std::abs(wanted) * relative);
}

TEST(Distribution, NormalQuantilesAreScipys) {
  expect_near(normal_quantile(0.975), 1.959963984540054, 1e-14);
  expect_near(normal_quantile(0.995), 2.5758293035489004, 1e-14);
  expect_near(normal_quantile(0.8), 0.8416212335729143, 1e-14);
  expect_near(normal_quantile(1e-10), -6.361340902404056, 1e-14);
  expect_near(normal_quantile(0.5000001), 2.506628273311648e-07, 1e-8);
  EXPECT_EQ(normal_quantile(0.5), 0);
}

TEST(Distribution, NormalTailsAreScipys) {
  expect_near(normal_cdf(-8.5), 9.47953482220325e-18, 1e-12);
  expect_near(normal_cdf(-1.0), 0.15865525393145707, 1e-14);
  expect_near(normal_cdf(0.3), 0.6179114221889526, 1e-14);
  expect_near(normal_cdf(5), 0.9999997133484281, 1e-14);
}

TEST(Distribution, StudentQuantilesAreScipysAndThePublishedTables) {
  expect_near(student_quantile(0.975, 1), 12.706204736174694, 1e-12);
  expect_near(student_quantile(0.975, 2), 4.302652729749462, 1e-12);
  expect_near(student_quantile(0.975, 9), 2.262157162798205, 1e-12);
  expect_near(student_quantile(0.975, 199), 1.9719565442517533, 1e-12);
  expect_near(student_quantile(0.95, 2.5), 2.5582186141359355, 1e-12);
  expect_near(student_quantile(0.9999, 3), 22.203742273205, 1e-10);
  expect_near(student_quantile(0.975, 1e6), 1.959966356814107, 1e-10);
  expect_near(student_quantile(0.6, 30), 0.2556053649519128, 1e-12);
  expect_near(student_quantile(0.025, 9), -2.262157162798205, 1e-12);
  EXPECT_EQ(student_quantile(0.5, 3), 0);
}

TEST(Distribution, StudentTailsAreScipys) {
  expect_near(student_tail(1e-3, 5), 0.4996203933860988, 1e-13);
  expect_near(student_tail(2.0, 10), 0.03669401738537018, 1e-13);
  expect_near(student_tail(40, 7), 7.951089992425182e-10, 1e-12);
  expect_near(student_tail(5, 1e5), 2.8713508393208397e-07, 1e-10);
  expect_near(student_tail(1.96, 1e7), 0.024997909012657114, 1e-9);
  expect_near(student_tail(12.5, 150), 2.5509636100535813e-25, 1e-11);
  EXPECT_EQ(student_two_sided(-2.0, 10), 2 * student_tail(2.0, 10));
}

TEST(Distribution, BinomialsAreScipys) {
  expect_near(binomial_cdf(3, 20, 0.5), 0.0012884140014648438, 1e-12);
  expect_near(binomial_cdf(7, 10, 0.5), 0.9453125, 1e-12);
  expect_near(binomial_cdf(480, 1000, 0.5), 0.10872414660207075, 1e-11);
  expect_near(binomial_cdf(90, 100, 0.95), 0.028188294163416307, 1e-11);
  expect_near(binomial_cdf(0, 30, 0.01), 0.7397003733882804, 1e-12);
  EXPECT_EQ(binomial_cdf(-1, 30, 0.01), 0);
  EXPECT_EQ(binomial_cdf(30, 30, 0.01), 1);
  expect_near(binomial_pmf(3, 20, 0.5), 0.0010871887207031228, 1e-12);
  expect_near(binomial_pmf(500, 1000, 0.5), 0.025225018178360804, 1e-11);
  expect_near(binomial_pmf(95, 100, 0.95), 0.180017827270429, 1e-12);
  EXPECT_EQ(binomial_pmf(0, 5, 0), 1);
  EXPECT_EQ(binomial_pmf(6, 5, 0.5), 0);
}

TEST(Distribution, TheIncompleteBetaFunctionIsScipys) {
  expect_near(incomplete_beta(2, 3, 0.4, 0.6), 0.5248, 1e-13);
  expect_near(incomplete_beta(0.5, 0.5, 0.1, 0.9), 0.20483276469913345, 1e-13);
  expect_near(incomplete_beta(50, 3, 0.9, 0.1), 0.09663328513725222, 1e-12);
  expect_near(incomplete_beta(200.5, 300.5, 0.42, 0.58), 0.817437980590638, 1e-12);
  EXPECT_EQ(incomplete_beta(2, 3, 0, 1), 0);
  EXPECT_EQ(incomplete_beta(2, 3, 1, 0), 1);
}

}  // namespace
}  // namespace maester::stats
