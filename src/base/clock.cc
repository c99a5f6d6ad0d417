#include "base/clock.h"

#include <ctime>

namespace maester {
namespace {

nanoseconds read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds{ts.tv_sec} + nanoseconds{ts.tv_nsec};
}

// Writes `width` digits, the last ones of `value`.
void write_digits(char* out, int value, int width) {
  for (int i = width; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

// "YYYY-MM-DD" of a day of years 0 to 9999.
void write_day(char* out, std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  write_digits(out, static_cast<int>(date.year()), 4);
  out[4] = '-';
  write_digits(out + 5, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  out[7] = '-';
  write_digits(out + 8, static_cast<int>(static_cast<unsigned>(date.day())), 2);
}

}  // namespace

WallTime SystemClock::wall() const {
  return WallTime{read_clock(CLOCK_REALTIME)};
}
MonoTime SystemClock::mono() const {
  return MonoTime{read_clock(CLOCK_MONOTONIC)};
}

std::string format_day(WallTime time) {
  char text[10];
  write_day(text, std::chrono::floor<std::chrono::days>(time));
  return {text, sizeof text};
}

std::string format_rfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto ms = static_cast<int>(std::chrono::floor<milliseconds>(time - day).count());
  char text[] = "YYYY-MM-DDThh:mm:ss.mmmZ";
  write_day(text, day);
  write_digits(text + 11, ms / 3'600'000, 2);
  write_digits(text + 14, ms / 60'000 % 60, 2);
  write_digits(text + 17, ms / 1000 % 60, 2);
  write_digits(text + 20, ms % 1000, 3);
  return text;
}

}  // namespace maester
