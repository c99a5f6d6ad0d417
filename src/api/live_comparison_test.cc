#include "api/live_comparison.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace maester::api {
namespace {

meter::LabelAnswer answer(std::string version, bool answered = true, std::int64_t ms = 100,
                          std::optional<bool> verdict = {}) {
  meter::LabelAnswer out;
  out.version = std::move(version);
  out.answered = answered;
  out.duration_ms = ms;
  out.verdict = verdict;
  if (verdict) out.score = *verdict ? 1'000'000 : 250'000;
  out.cost = FemtoUsd::parse(answered ? "0.002" : "0");
  return out;
}

TEST(LiveComparison, CountsEachVersionByItself) {
  meter::LabelAnswers all;
  for (int i = 0; i < 90; ++i) all.answers.push_back(answer("v1", true, 100 + i, i % 10 != 0));
  for (int i = 0; i < 10; ++i) all.answers.push_back(answer("v1", false));
  for (int i = 0; i < 50; ++i) all.answers.push_back(answer("v2", i % 2 == 0, 300, i % 5 != 0));
  meter::LabelAnswer kept = answer("v2", true, 1);
  kept.cached = true;
  all.answers.push_back(kept);
  for (const char* said : {"true", "true", "false", "0.75", "\"words\""})
    all.feedback.push_back({"v2", said});
  const auto results = compare_live(all, {"v1"});
  ASSERT_EQ(results.size(), 2u);
  const VersionResults& one = results[0];
  EXPECT_EQ(one.version, "v1");
  EXPECT_EQ(one.requests, 100);
  EXPECT_DOUBLE_EQ(one.errors.measure.value, 0.1);
  // Wilson's interval of 10 in 100, by hand: (0.0552, 0.1744).
  EXPECT_NEAR(one.errors.measure.interval.low, 0.0552, 5e-4);
  EXPECT_NEAR(one.errors.measure.interval.high, 0.1744, 5e-4);
  EXPECT_FALSE(one.errors.difference);
  EXPECT_DOUBLE_EQ(one.passed.measure.value, 0.9);
  EXPECT_NEAR(one.score.measure.value, 0.9 + 0.1 * 0.25, 1e-12);
  EXPECT_NEAR(one.p50.measure.value, 144.5, 1e-9);
  EXPECT_NEAR(one.cost.measure.value, 0.0018, 1e-12);
  EXPECT_EQ(one.feedback.measure.count, 0);
  const VersionResults& two = results[1];
  EXPECT_EQ(two.requests, 51);
  EXPECT_EQ(two.cached, 1);
  EXPECT_EQ(two.errors.measure.count, 50);
  ASSERT_TRUE(two.errors.difference);
  EXPECT_NEAR(two.errors.difference->value, 0.4, 1e-12);
  EXPECT_GT(two.errors.difference->interval.low, 0.2);
  EXPECT_LT(*two.errors.difference->p_value, 1e-6);
  EXPECT_EQ(two.p95.measure.value, 300) << "a kept answer took no time worth telling";
  EXPECT_NEAR(two.p50.difference->value, 300 - 144.5, 1e-9);
  EXPECT_TRUE(two.p50.difference->interval.contains(155.5));
  EXPECT_EQ(two.positive.measure.count, 4);
  EXPECT_DOUBLE_EQ(two.positive.measure.value, 0.75);
  EXPECT_DOUBLE_EQ(two.feedback.measure.value, 2.75 / 4);
  EXPECT_FALSE(two.feedback.difference) << "nobody said anything of v1";
}

TEST(LiveComparison, AVersionWithoutAnswersIsThereAndSaysNothing) {
  meter::LabelAnswers all;
  all.answers.push_back(answer("v2"));
  const auto results = compare_live(all, {"v1", "v2"});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].requests, 0);
  EXPECT_EQ(results[0].p95.measure.count, 0);
  EXPECT_FALSE(results[1].errors.difference);
  EXPECT_FALSE(results[1].p95.measure.interval.known()) << "one value has no interval";
}

// Of equal versions the interval of the p95's difference holds 0 about as often as it says.
TEST(LiveComparison, TheDifferenceOfQuantilesCoversNothing) {
  SeededRandom random(7);
  int covered = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    meter::LabelAnswers all;
    for (int i = 0; i < 400; ++i) {
      const auto ms = static_cast<std::int64_t>(random.below(1000));
      all.answers.push_back(answer(i % 2 == 0 ? "v1" : "v2", true, ms));
    }
    const auto results = compare_live(all, {"v1", "v2"});
    covered += results[1].p95.difference->interval.contains(0) ? 1 : 0;
  }
  EXPECT_GE(covered, kRounds * 92 / 100);
}

}  // namespace
}  // namespace maester::api
