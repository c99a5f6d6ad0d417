#include "gateway/routing/hedge_budget.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace maester::gateway {
namespace {

TEST(HedgeBudget, NeverMoreThanTheShareOfTheRequestsSoFar) {
  HedgeBudget budget;
  int hedges = 0;
  for (int requests = 1; requests <= 10'000; ++requests) {
    budget.earn(2);
    hedges += budget.spend();
    ASSERT_LE(hedges * 100, requests * 2);
  }
  EXPECT_EQ(hedges, 200);
}

TEST(HedgeBudget, SavesTenAtMost) {
  HedgeBudget budget;
  for (int i = 0; i < 100'000; ++i) budget.earn(2);
  int hedges = 0;
  while (budget.spend()) ++hedges;
  EXPECT_EQ(hedges, 10);
}

TEST(SlowestOfTwenty, FindsThe95thPercentileAndFollowsIt) {
  SlowestOfTwenty slow;
  SeededRandom random(3);
  for (std::uint64_t i = 1; i < SlowestOfTwenty::kEnough; ++i) slow.observe(milliseconds{5});
  EXPECT_FALSE(slow.value());
  for (const std::int64_t scale : {1, 10, 1}) {
    for (int i = 0; i < 20'000; ++i) {
      slow.observe(
          std::chrono::microseconds{scale * static_cast<std::int64_t>(random.below(100'000))});
    }
    // Uniform in 0 to 100 ms.
    EXPECT_NEAR(static_cast<double>(slow.value()->count()) / 1e6, 95.0 * static_cast<double>(scale),
                9.0 * static_cast<double>(scale));
  }
}

}  // namespace
}  // namespace maester::gateway
