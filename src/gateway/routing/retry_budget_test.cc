#include "gateway/routing/retry_budget.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/random.h"
#include "gateway/routing/backoff.h"

namespace maester::gateway {
namespace {

using std::chrono::seconds;

TEST(RetryBudget, OneASecondIsAlwaysThere) {
  RetryBudget budget;
  const MonoTime now{seconds{100}};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget.spend(now, 10));
  EXPECT_FALSE(budget.spend(now, 10));
  EXPECT_TRUE(budget.spend(now + seconds{12}, 10));
}

TEST(RetryBudget, TenFirstAttemptsEarnOneRepeat) {
  RetryBudget budget;
  const MonoTime now{seconds{100}};
  for (int i = 0; i < 1000; ++i) budget.earn(now, 10);
  int repeats = 0;
  while (budget.spend(now, 10)) ++repeats;
  EXPECT_EQ(repeats, 100 + 10);
}

TEST(RetryBudget, WhatWasEarnedIsForgottenAfterTenSeconds) {
  RetryBudget budget;
  MonoTime now{seconds{100}};
  for (int i = 0; i < 1000; ++i) budget.earn(now, 10);
  now += seconds{11};
  int repeats = 0;
  while (budget.spend(now, 10)) ++repeats;
  EXPECT_EQ(repeats, 10);
}

TEST(RetryBudget, APercentOfZeroAllowsNone) {
  RetryBudget budget;
  EXPECT_FALSE(budget.spend(MonoTime{seconds{1}}, 0));
}

// T13's bound, on random traffic that asks for a repeat after every attempt: in every window of 10
// s the repeats are at most a tenth of the first attempts since a window before its first repeat,
// and the floor.
TEST(RetryBudgetProperty, RepeatsStayWithinATenthAndTheFloor) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    RetryBudget budget;
    std::deque<MonoTime> firsts, repeats;
    MonoTime now{seconds{50}};
    const std::uint64_t gap = 1 + random.below(40);
    for (int i = 0; i < 3'000; ++i) {
      now += milliseconds{random.below(gap)};
      budget.earn(now, 10);
      firsts.push_back(now);
      for (int j = 0; j < 2; ++j) {
        if (budget.spend(now, 10)) repeats.push_back(now);
      }
      while (!firsts.empty() && firsts.front() <= now - seconds{10}) firsts.pop_front();
      while (!repeats.empty() && repeats.front() <= now - seconds{10}) repeats.pop_front();
      ASSERT_LE(repeats.size(), firsts.size() / 10 + RetryBudget::kFloorPerWindow)
          << "seed " << seed << " step " << i;
    }
  }
}

TEST(Backoff, FullJitterFromZeroToTheDoubledBaseUpToTheCap) {
  EXPECT_EQ(backoff(1, 0), milliseconds{0});
  EXPECT_EQ(backoff(1, 65535), kBackoffBase);
  EXPECT_EQ(backoff(2, 65535), 2 * kBackoffBase);
  EXPECT_EQ(backoff(40, 65535), kBackoffCap);
  SeededRandom random(7);
  std::int64_t sum = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    sum += backoff(5, static_cast<std::uint16_t>(random.below(65536))).count();
  }
  EXPECT_NEAR(static_cast<double>(sum) / kDraws, 800, 20) << "the mean of full jitter is half";
}

}  // namespace
}  // namespace maester::gateway
