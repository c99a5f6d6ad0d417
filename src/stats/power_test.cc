// Figures: testdata/figures.py (statsmodels 0.15.0 TTestPower, which solves with the noncentral t;
// Connor's and Fleiss' formulas).
#include "stats/power.h"

#include <gtest/gtest.h>

namespace maester::stats {
namespace {

TEST(Power, CasesForAMeanAreStatsmodels) {
  EXPECT_EQ(cases_for_mean(0.35, 0.05), 387);             // 386.52
  EXPECT_EQ(cases_for_mean(1, 0.5, {.power = 0.9}), 44);  // 43.996
  EXPECT_EQ(cases_for_mean(0.2, 0.01), 3142);             // 3141.47
}

TEST(Power, CasesForPairedVerdictsAreConnors) {
  EXPECT_EQ(cases_for_paired_share(0.2, 0.05), 626);  // 625.55
  EXPECT_EQ(cases_for_paired_share(0.1, 0.1), 77);    // 76.09
  EXPECT_EQ(cases_for_paired_share(0.3, 0.1, {.power = 0.9}), 312);
}

TEST(Power, DiscordanceIsAtLeastTheEffect) {
  EXPECT_EQ(cases_for_paired_share(0, 0.1), cases_for_paired_share(0.1, 0.1));
}

TEST(Power, CasesForSharesAreFleiss) {
  EXPECT_EQ(cases_for_share(0.6, 0.1), 356);                   // 355.94
  EXPECT_EQ(cases_for_share(0.9, 0.05, {.power = 0.9}), 582);  // 581.08
}

TEST(Power, ClustersAskForMore) {
  EXPECT_EQ(cases_for_mean(0.35, 0.05, {.design_effect = 2}), 774);
  EXPECT_EQ(cases_for_mean(0.35, 0.05, {.design_effect = 0.5}), 387);
}

TEST(Power, WhatNobodyCanAskIsNotANumber) {
  EXPECT_EQ(cases_for_mean(1, 1e-9), std::nullopt);
}

TEST(Power, TheDetectableEffectIsItsInverse) {
  const double error = 0.35 / 20;  // 400 cases
  EXPECT_NEAR(detectable_effect(error), 0.049028, 1e-6);
}

}  // namespace
}  // namespace maester::stats
