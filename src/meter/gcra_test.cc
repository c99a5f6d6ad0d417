// T11 on a simulated clock: 600 a minute with a burst of 20, driven at three times the rate.
#include "meter/gcra.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/random.h"

namespace maester::meter {
namespace {

using namespace std::chrono;

TEST(GcraTest, ABurstPassesAtOnceAndThenTheRate) {
  const Rate rate{.per_minute = 7, .burst = 7};  // an interval that is no whole number
  MonoTime now{seconds(100)};
  ArrivalTime tat = 0;
  for (int i = 0; i < 7; ++i) {
    ASSERT_EQ(gcra_wait(rate, tat, now, 1), nanoseconds(0)) << i;
    tat = gcra_take(rate, tat, now, 1);
  }
  EXPECT_EQ(gcra_remaining(rate, tat, now), 0);
  const nanoseconds wait = gcra_wait(rate, tat, now, 1);
  EXPECT_GT(wait, milliseconds(8'571));
  EXPECT_LT(wait, milliseconds(8'572));
  EXPECT_EQ(gcra_wait(rate, tat, now + wait, 1), nanoseconds(0));
  EXPECT_EQ(gcra_remaining(rate, tat, now + gcra_reset(tat, now)), 7);
}

TEST(GcraTest, WhatIsLargerThanTheBurstWaitsForAFullBucketAndGoesIntoDebt) {
  const Rate rate{.per_minute = 600, .burst = 20};
  const MonoTime now{seconds(100)};
  EXPECT_EQ(gcra_wait(rate, 0, now, 50), nanoseconds(0));
  const ArrivalTime tat = gcra_take(rate, 0, now, 50);
  EXPECT_EQ(gcra_wait(rate, tat, now, 1), milliseconds(3'100));
  EXPECT_EQ(gcra_wait(rate, tat, now, 50), seconds(5));
}

TEST(GcraTest, ACorrectionGivesBackWhatWasNotUsed) {
  const Rate rate{.per_minute = 6'000, .burst = 1'000};
  const MonoTime now{seconds(100)};
  ArrivalTime tat = gcra_take(rate, 0, now, 1'000);
  EXPECT_EQ(gcra_remaining(rate, tat, now), 0);
  tat = gcra_take(rate, tat, now, -400);
  EXPECT_EQ(gcra_remaining(rate, tat, now), 400);
  tat = gcra_take(rate, tat, now, 300);  // more than was estimated
  EXPECT_EQ(gcra_remaining(rate, tat, now), 100);
}

// Five minutes at three times the rate, arrivals at random: what passes in any 60 s, what an
// entitled caller gets, and whether the wait that is told is right.
TEST(GcraTest, NoMinuteAdmitsMoreThanTheRateAndABurst) {
  const Rate rate{.per_minute = 600, .burst = 20};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    const MonoTime start{seconds(1'000)};
    MonoTime now = start;
    ArrivalTime tat = 0;
    std::deque<MonoTime> window;
    std::int64_t admitted = 0;
    while (now < start + minutes(5)) {
      const nanoseconds wait = gcra_wait(rate, tat, now, 1);
      if (wait.count() == 0) {
        tat = gcra_take(rate, tat, now, 1);
        ++admitted;
        window.push_back(now);
        while (window.front() <= now - seconds(60)) window.pop_front();
        ASSERT_LE(window.size(), 620u) << "seed " << seed;
      } else {
        // Right to the nanosecond: refused just before, admitted then.
        ASSERT_GT(gcra_wait(rate, tat, now + wait - nanoseconds(1), 1).count(), 0);
        ASSERT_EQ(gcra_wait(rate, tat, now + wait, 1).count(), 0);
      }
      now += nanoseconds(random.below(66'666'667));  // 33.3 ms on average
    }
    EXPECT_LE(admitted, 3'020);
    EXPECT_GE(admitted, 3'020 * 99 / 100) << "seed " << seed;
  }
}

}  // namespace
}  // namespace maester::meter
