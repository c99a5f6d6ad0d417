#include "base/clock.h"

#include <charconv>
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

// Takes exactly `width` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, value);
  if (error != std::errc{} || end != text.data() + width || text[0] == '-') return std::nullopt;
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<WallTime> take_day(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *year < 1970 || *year > 2200) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}};
}

// "23:01:05.123"
std::optional<nanoseconds> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t fraction = 0;
  if (take(text, '.')) {
    std::int64_t unit = 100'000'000;
    const std::size_t before = text.size();
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
      fraction += unit * (text[0] - '0');
    if (text.size() == before) return std::nullopt;
  }
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second} +
         nanoseconds{fraction};
}

// "Z" or "+01:00": what is to be subtracted.
std::optional<nanoseconds> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return nanoseconds{0};
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const nanoseconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return west ? -offset : offset;
}

}  // namespace

WallTime SystemClock::wall() const {
  return WallTime{read_clock(CLOCK_REALTIME)};
}
MonoTime SystemClock::mono() const {
  return MonoTime{read_clock(CLOCK_MONOTONIC)};
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto day = take_day(text);
  if (!day || text.empty()) return day;
  if (!take(text, 'T') && !take(text, 't')) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *day + *time - *offset;
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
