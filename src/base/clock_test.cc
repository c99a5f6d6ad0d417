#include "base/clock.h"

#include <gtest/gtest.h>

namespace maester {
namespace {

using std::chrono::seconds;

WallTime at(std::int64_t epoch_seconds, nanoseconds more = nanoseconds{0}) {
  return WallTime{seconds{epoch_seconds} + more};
}

TEST(FormatRfc3339, WritesMillisecondsAndUtc) {
  EXPECT_EQ(format_rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(at(1'795'215'665, nanoseconds{123'999'999})),
            "2026-11-20T23:01:05.123Z");
  EXPECT_EQ(format_rfc3339(at(951'782'399)), "2000-02-28T23:59:59.000Z");
  EXPECT_EQ(format_rfc3339(at(951'868'799)), "2000-02-29T23:59:59.000Z");
}

TEST(FormatRfc3339, RoundsDownBeforeTheEpochToo) {
  EXPECT_EQ(format_rfc3339(at(0, nanoseconds{-1})), "1969-12-31T23:59:59.999Z");
}

TEST(FormatDay, IsTheUtcDay) {
  EXPECT_EQ(format_day(at(1'795'215'665)), "2026-11-20");
  EXPECT_EQ(format_day(at(1'709'164'800)), "2024-02-29");
}

TEST(Deadline, KnowsWhatIsLeft) {
  ManualClock clock;
  const Deadline deadline = Deadline::after(clock, seconds{2});
  EXPECT_FALSE(deadline.passed(clock.mono()));
  EXPECT_EQ(deadline.left(clock.mono()), seconds{2});
  clock.advance(seconds{2});
  EXPECT_TRUE(deadline.passed(clock.mono()));
  clock.advance(seconds{1});
  EXPECT_EQ(deadline.left(clock.mono()), nanoseconds{0}) << "never negative";
  EXPECT_EQ(deadline.sooner(Deadline::never()), deadline);
  EXPECT_TRUE(Deadline::never().is_never());
}

TEST(ManualClock, AStepOfTheWallLeavesTheOtherClockAlone) {
  ManualClock clock;
  const MonoTime before = clock.mono();
  clock.set_wall(at(5));
  EXPECT_EQ(clock.mono(), before);
}

TEST(SystemClock, MonotonicTimeNeverGoesBack) {
  const SystemClock clock;
  MonoTime last = clock.mono();
  for (int i = 0; i < 1000; ++i) {
    const MonoTime now = clock.mono();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace maester
