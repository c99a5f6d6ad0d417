#include "meter/window.h"

#include <gtest/gtest.h>

namespace maester::meter {
namespace {

using namespace std::chrono;

WallTime at(int y, unsigned m, unsigned d, int h = 0, int min = 0, int s = 0) {
  return sys_days(year(y) / month(m) / day(d)) + hours(h) + minutes(min) + seconds(s);
}

TEST(WindowTest, BeginsWhereTheCalendarSays) {
  const WallTime when = at(2026, 11, 21, 23, 59, 59) + nanoseconds(999'999'999);  // a Saturday
  EXPECT_EQ(window_start(Window::hour, when), at(2026, 11, 21, 23));
  EXPECT_EQ(window_start(Window::day, when), at(2026, 11, 21));
  EXPECT_EQ(window_start(Window::week, when), at(2026, 11, 16));
  EXPECT_EQ(window_start(Window::month, when), at(2026, 11, 1));
  EXPECT_EQ(window_start(Window::total, when), WallTime{});
}

TEST(WindowTest, ASundayBelongsToTheWeekThatBeganOnMonday) {
  EXPECT_EQ(window_start(Window::week, at(2026, 11, 22, 12)), at(2026, 11, 16));
  EXPECT_EQ(window_start(Window::week, at(2026, 11, 23)), at(2026, 11, 23));
}

TEST(WindowTest, EndsWhereTheNextOneBegins) {
  for (const WallTime when : {at(2024, 2, 29, 5), at(2026, 12, 31, 23, 59, 59), at(2027, 1, 1)}) {
    for (const Window window : {Window::hour, Window::day, Window::week, Window::month}) {
      const WallTime end = *window_end(window, window_start(window, when));
      EXPECT_GT(end, when);
      EXPECT_EQ(window_start(window, end), end);
      EXPECT_EQ(window_start(window, end - nanoseconds(1)), window_start(window, when));
    }
  }
  EXPECT_EQ(window_end(Window::month, at(2026, 12, 1)), at(2027, 1, 1));
  EXPECT_EQ(window_end(Window::total, WallTime{}), std::nullopt);
}

TEST(WindowTest, NamesAreReadBack) {
  for (const Window w : {Window::hour, Window::day, Window::week, Window::month, Window::total}) {
    EXPECT_EQ(parse_window(to_string(w)), w);
  }
  EXPECT_EQ(parse_window("year"), std::nullopt);
}

}  // namespace
}  // namespace maester::meter
