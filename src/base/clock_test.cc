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

TEST(ParseRfc3339, ReadsWhatIsWrittenAndOffsets) {
  for (const std::int64_t t : {0L, 951'782'399L, 1'709'164'800L, 1'795'215'665L})
    EXPECT_EQ(parse_rfc3339(format_rfc3339(at(t, milliseconds{7}))), at(t, milliseconds{7}));
  EXPECT_EQ(parse_rfc3339("2026-11-20T23:01:05Z"), at(1'795'215'665));
  EXPECT_EQ(parse_rfc3339("2026-11-21T00:31:05.5+01:30"), at(1'795'215'665, milliseconds{500}));
  EXPECT_EQ(parse_rfc3339("2026-11-20T22:01:05-01:00"), at(1'795'215'665));
  EXPECT_EQ(parse_rfc3339("2024-02-29"), at(1'709'164'800));
}

TEST(ParseRfc3339, RefusesTheRest) {
  for (const char* text :
       {"", "tomorrow", "2026-11-20T23:01:05", "2026-11-20 23:01:05Z", "2026-02-29", "2026-13-01",
        "2026-11-20T24:00:00Z", "2026-11-20T23:60:00Z", "2026-11-20T23:01:05.Z",
        "2026-11-20T23:01:05Zx", "1969-12-31", "2026-11-20T-1:00:00Z", "2026-1-20",
        "2026-11-20T23:01:05+1:00"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
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
