// When something repeats: "@every 15m" (s, m, h, d), "@hourly", "@daily", "@weekly", "@monthly",
// "@yearly", or cron's five fields "minute hour day-of-month month day-of-week" in UTC with *,
// lists, ranges, steps and names (mon, jan). As in cron, when both days are given, either suffices.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace maester::jobs {

class Timetable {
 public:
  // Code::invalid_request, naming the field, for anything else, for less than 10 s between times
  // and for a date that never comes.
  static Result<Timetable> parse(std::string_view text);
  // The first time after `now`. With "@every" they are whole periods after `last`.
  WallTime next(WallTime last, WallTime now) const;

 private:
  bool day_matches(std::chrono::year_month_day day) const;
  WallTime next_by_fields(WallTime now) const;  // WallTime::max() when there is none in 9 years
  nanoseconds every_{0};                        // 0 = by the fields
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;                        // 1..31
  std::bitset<13> months_;                      // 1..12
  std::bitset<8> weekdays_;                     // 0 = Sunday
  bool any_day_ = false, any_weekday_ = false;  // the field began with a star
};

}  // namespace maester::jobs
