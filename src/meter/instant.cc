#include "meter/instant.h"

#include <charconv>
#include <chrono>

namespace maester::meter {
namespace {

// The number that these digits, and nothing else, stand for.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<WallTime> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = digits(text.substr(0, 4)), m = digits(text.substr(5, 2)),
             d = digits(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{*y},
                                        std::chrono::month{static_cast<unsigned>(*m)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  // What 64 bits of nanoseconds can hold.
  if (!day.ok() || *y < 1971 || *y > 2260) return std::nullopt;
  return WallTime{std::chrono::sys_days{day}.time_since_epoch()};
}

}  // namespace

std::optional<WallTime> parse_instant(std::string_view text) {
  const auto day = parse_day(text.substr(0, 10));
  if (!day || text.size() == 10) return day;
  std::string_view rest = text.substr(10);
  if (rest.size() < 10 || rest.front() != 'T' || rest.back() != 'Z' || rest[3] != ':' ||
      rest[6] != ':') {
    return std::nullopt;
  }
  const auto h = digits(rest.substr(1, 2)), min = digits(rest.substr(4, 2)),
             s = digits(rest.substr(7, 2));
  if (!h || !min || !s || *h > 23 || *min > 59 || *s > 59) return std::nullopt;
  rest = rest.substr(9, rest.size() - 10);
  std::int64_t nanos = 0;
  if (!rest.empty()) {
    if (rest.front() != '.' || rest.size() < 2 || rest.size() > 10) return std::nullopt;
    const auto fraction = digits(rest.substr(1));
    if (!fraction) return std::nullopt;
    nanos = *fraction;
    for (std::size_t i = rest.size() - 1; i < 9; ++i) nanos *= 10;
  }
  return *day + std::chrono::hours{*h} + std::chrono::minutes{*min} + std::chrono::seconds{*s} +
         nanoseconds{nanos};
}

}  // namespace maester::meter
