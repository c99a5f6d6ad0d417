#include "meter/window.h"

#include <array>
#include <chrono>

namespace maester::meter {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 5> kNames = {"hour", "day", "week", "month", "total"};

}  // namespace

std::string_view to_string(Window window) {
  return kNames[static_cast<std::size_t>(window)];
}

std::optional<Window> parse_window(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Window>(i);
  }
  return std::nullopt;
}

WallTime window_start(Window window, WallTime at) {
  const sys_days day = floor<days>(at);
  switch (window) {
    case Window::hour:
      return floor<hours>(at);
    case Window::day:
      return day;
    case Window::week:
      return day - (weekday(day) - Monday);
    case Window::month: {
      const year_month_day date(day);
      return sys_days(date.year() / date.month() / 1);
    }
    case Window::total:
      break;
  }
  return WallTime{};
}

std::optional<WallTime> window_end(Window window, WallTime start) {
  switch (window) {
    case Window::hour:
      return start + hours(1);
    case Window::day:
      return start + days(1);
    case Window::week:
      return start + days(7);
    case Window::month: {
      const year_month_day date(floor<days>(start));
      return sys_days((date.year() / date.month() + months(1)) / 1);
    }
    case Window::total:
      break;
  }
  return std::nullopt;
}

}  // namespace maester::meter
