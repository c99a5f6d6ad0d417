#include "gateway/pipeline/overload.h"

#include <gtest/gtest.h>

namespace maester::gateway {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

Load memory(std::int64_t percent) {
  return {.rss = percent * kMiB,
          .memory_limit = 100 * kMiB,
          .lag = {},
          .running = 0,
          .running_batch = 0};
}
Load lag(int ms, int running, int batch) {
  return {.rss = 0,
          .memory_limit = 0,
          .lag = milliseconds(ms),
          .running = running,
          .running_batch = batch};
}

TEST(OverloadTest, MemoryRefusesBatchAndThenEverything) {
  OverloadControl control;
  control.update(memory(79));
  EXPECT_EQ(control.memory(), MemoryLevel::calm);
  control.update(memory(80));
  EXPECT_EQ(control.memory(), MemoryLevel::caches_shrink);
  EXPECT_EQ(control.batch_limit(), OverloadControl::kUnlimited);
  control.update(memory(90));
  EXPECT_EQ(control.batch_limit(), 0);
  EXPECT_EQ(control.total_limit(), OverloadControl::kUnlimited);
  control.update(memory(95));
  EXPECT_EQ(control.total_limit(), 0);
  control.update(memory(50));  // at once back
  EXPECT_EQ(control.total_limit(), OverloadControl::kUnlimited);
  EXPECT_EQ(control.batch_limit(), OverloadControl::kUnlimited);
  control.update({.rss = 1, .memory_limit = 0, .lag = {}, .running = 0, .running_batch = 0});
  EXPECT_EQ(control.memory(), MemoryLevel::calm);
}

TEST(OverloadTest, LagShedsBatchBeforeInteractive) {
  OverloadControl control;
  int rounds = 0;
  for (int batch = 600; control.batch_limit() > 0; batch = control.batch_limit()) {
    control.update(lag(400, 1000, batch));
    ASSERT_EQ(control.total_limit(), OverloadControl::kUnlimited) << "while batch is left";
    ASSERT_LT(++rounds, 48);
  }
  control.update(lag(400, 1000, 0));
  EXPECT_EQ(control.total_limit(), 900);
  for (int i = 0; i < 100; ++i) control.update(lag(400, control.total_limit(), 0));
  EXPECT_EQ(control.total_limit(), 16) << "never nothing";
}

TEST(OverloadTest, IsBackToNormalWithinTenSeconds) {
  OverloadControl control;
  for (int i = 0; i < 100; ++i) control.update(lag(500, 2000, 0));
  EXPECT_TRUE(control.pressed());
  int rounds = 0;
  // What is allowed is also used: the limit grows towards it.
  while (control.total_limit() < 2000 && ++rounds < 100)
    control.update(lag(0, control.total_limit(), 0));
  EXPECT_LE(rounds, 40);
  EXPECT_EQ(control.batch_limit(), 0) << "interactive first";
  while (control.pressed() && ++rounds < 200) control.update(lag(0, 10, 0));
  EXPECT_LE(rounds, 44);
}

TEST(OverloadTest, AStallOfAMomentSendsNobodyAway) {
  OverloadControl control;
  for (int i = 0; i < 100; ++i) {
    control.update(lag(i % 8 == 7 ? 10 : 5'000, 500, 100));
    ASSERT_FALSE(control.pressed());
  }
}

TEST(OverloadTest, ALittleLagChangesNothing) {
  OverloadControl control;
  for (int i = 0; i < 10; ++i) control.update(lag(400, 50, 0));
  const int limit = control.total_limit();
  ASSERT_LT(limit, 50);
  control.update(lag(150, 50, 0));
  EXPECT_EQ(control.total_limit(), limit);
}

}  // namespace
}  // namespace maester::gateway
