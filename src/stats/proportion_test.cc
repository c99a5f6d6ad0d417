// Figures: testdata/figures.py (statsmodels 0.15.0; R. G. Newcombe 1998).
#include "stats/proportion.h"

#include <gtest/gtest.h>

namespace maester::stats {
namespace {

constexpr double kDigits = 1e-12;

void expect_interval(const Interval& got, double low, double high) {
  EXPECT_NEAR(got.low, low, kDigits);
  EXPECT_NEAR(got.high, high, kDigits);
}

TEST(Proportion, WilsonIsStatsmodelsAndNewcombes) {
  expect_interval(wilson(81, 263), 0.2552885198782742, 0.36620957698280004);
  expect_interval(wilson(15, 148), 0.06238639953073628, 0.16048724172330803);
  expect_interval(wilson(0, 20), 0.0, 0.1611251580528194);
  expect_interval(wilson(1, 29), 0.006113214292762667, 0.17175521879320294);
  expect_interval(wilson(29, 29), 0.8830302015002592, 1.0);
}

TEST(Proportion, OfNothingIsAnythingFromZeroToOne) {
  EXPECT_EQ(wilson(0, 0), (Interval{0, 1}));
  EXPECT_EQ(newcombe_paired({}), (Interval{-1, 1}));
  const TwoProportions none = compare_proportions(0, 0, 3, 5);
  EXPECT_EQ(none.interval, (Interval{-1, 1}));
  EXPECT_EQ(none.p_value, 1);
}

TEST(Proportion, TwoSharesAreStatsmodelsAndNewcombes) {
  const TwoProportions published = compare_proportions(48, 80, 56, 70);
  EXPECT_NEAR(published.difference, 0.2, kDigits);
  expect_interval(published.interval, 0.05243147240236498, 0.33387265403690614);
  EXPECT_NEAR(published.z, 2.6501719512585336, kDigits);
  EXPECT_NEAR(published.p_value, 0.00804508136819656, kDigits);
  expect_interval(compare_proportions(0, 20, 0, 30).interval, -0.1611251580528194,
                  0.1135133931739688);
  const TwoProportions worse = compare_proportions(9, 10, 3, 10);
  expect_interval(worse.interval, -0.809017973535488, -0.1705227239345029);
  EXPECT_NEAR(worse.p_value, 0.006169899320544151, kDigits);
  expect_interval(compare_proportions(120, 1000, 150, 1000).interval, 1.3782434204051563e-05,
                  0.06000825857012657);
}

TEST(Proportion, SharesThatAreAllOrNoneShowNoDifference) {
  const TwoProportions none = compare_proportions(0, 20, 0, 30);
  EXPECT_EQ(none.z, 0);
  EXPECT_EQ(none.p_value, 1);
}

TEST(Proportion, PairsAreNewcombesExamples) {
  expect_interval(newcombe_paired({36, 12, 2, 0}), -0.3404276029749408, -0.05692958400323875);
  expect_interval(newcombe_paired({53, 0, 1, 0}), -0.049621661889404076, 0.09771437488781953);
  expect_interval(newcombe_paired({1, 97, 1, 1}), -0.9850257703740076, -0.8736721762007447);
  expect_interval(newcombe_paired({70, 5, 15, 10}), 0.011534501395199875, 0.18921310532495428);
  expect_interval(newcombe_paired({0, 0, 7, 3}), 0.28894289100317283, 0.8922087325936989);
}

TEST(Proportion, PairsThatNeverDifferStillLeaveRoom) {
  expect_interval(newcombe_paired({30, 0, 0, 0}), -0.11351339317396891, 0.11351339317396891);
}

}  // namespace
}  // namespace maester::stats
