#include "jobs/timetable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maester::jobs {
namespace {

// Several next times, starting after `from`.
std::vector<std::string> times(std::string_view text, std::string_view from, int count) {
  const auto table = Timetable::parse(text);
  EXPECT_TRUE(table) << table.error().message;
  std::vector<std::string> out;
  WallTime at = *parse_rfc3339(from);
  for (int i = 0; i < count && table; ++i) {
    at = table->next(at, at);
    out.push_back(format_rfc3339(at).substr(0, 16));
  }
  return out;
}

using ::testing::ElementsAre;

TEST(TimetableTest, FollowsCronsFields) {
  EXPECT_THAT(times("30 3 * * *", "2026-11-21T03:30:00Z", 2),
              ElementsAre("2026-11-22T03:30", "2026-11-23T03:30"));
  EXPECT_THAT(times("*/20 9-10 * * mon-fri", "2026-11-20T10:30:00Z", 3),
              ElementsAre("2026-11-20T10:40", "2026-11-23T09:00", "2026-11-23T09:20"));
  EXPECT_THAT(times("0 0 1 jan,jul *", "2026-11-20T10:30:00Z", 2),
              ElementsAre("2027-01-01T00:00", "2027-07-01T00:00"));
  EXPECT_THAT(times("0 12 29 2 *", "2026-11-20T10:30:00Z", 1), ElementsAre("2028-02-29T12:00"));
  EXPECT_THAT(times("5/25 0 * * *", "2026-11-20T10:30:00Z", 3),
              ElementsAre("2026-11-21T00:05", "2026-11-21T00:30", "2026-11-21T00:55"));
}

TEST(TimetableTest, EitherDaySufficesWhenBothAreGiven) {
  // The 13th, and every Friday: 2026-11-27 is one.
  EXPECT_THAT(
      times("0 0 13 * fri", "2026-11-21T00:00:00Z", 4),
      ElementsAre("2026-11-27T00:00", "2026-12-04T00:00", "2026-12-11T00:00", "2026-12-13T00:00"));
  EXPECT_THAT(times("0 0 * * 7", "2026-11-21T00:00:00Z", 1), ElementsAre("2026-11-22T00:00"));
}

TEST(TimetableTest, ShorthandsAreTheirFields) {
  EXPECT_THAT(times("@daily", "2026-11-21T05:00:00Z", 1), ElementsAre("2026-11-22T00:00"));
  EXPECT_THAT(times("@weekly", "2026-11-21T05:00:00Z", 1), ElementsAre("2026-11-22T00:00"));
  EXPECT_THAT(times("@yearly", "2026-11-21T05:00:00Z", 1), ElementsAre("2027-01-01T00:00"));
}

TEST(TimetableTest, PeriodsDoNotDriftAndAreNotMadeUpFor) {
  const auto table = Timetable::parse("@every 15m");
  ASSERT_TRUE(table);
  const WallTime last = *parse_rfc3339("2026-11-21T05:00:00Z");
  const auto after = [&](std::string_view now) {
    return format_rfc3339(table->next(last, *parse_rfc3339(now))).substr(11, 8);
  };
  EXPECT_EQ(after("2026-11-21T05:00:00Z"), "05:15:00");
  EXPECT_EQ(after("2026-11-21T05:00:07Z"), "05:15:00");
  EXPECT_EQ(after("2026-11-21T08:01:00Z"), "08:15:00");
}

TEST(TimetableTest, WhatIsNoTimetableIsRefusedWithTheField) {
  for (const auto& [text, why] :
       std::vector<std::pair<const char*, const char*>>{{"", "fields"},
                                                        {"* * * *", "4 fields"},
                                                        {"60 * * * *", "minute"},
                                                        {"* 24 * * *", "hour"},
                                                        {"* * 0 * *", "day of the month"},
                                                        {"* * * 13 *", "month"},
                                                        {"* * * * someday", "day of the week"},
                                                        {"*/0 * * * *", "minute"},
                                                        {"9-5 * * * *", "minute"},
                                                        {"0 0 30 2 *", "never comes"},
                                                        {"@every", "fields"},
                                                        {"@every 5", "period"},
                                                        {"@every 5s", "10 seconds"},
                                                        {"@every -5m", "period"},
                                                        {"@every 99999999999999d", "period"},
                                                        {"@every 999999d", "366 days"}}) {
    const auto table = Timetable::parse(text);
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().code, Code::invalid_request);
    EXPECT_THAT(table.error().message, ::testing::HasSubstr(why)) << text;
  }
}

}  // namespace
}  // namespace maester::jobs
