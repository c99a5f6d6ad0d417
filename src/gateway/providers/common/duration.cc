#include "gateway/providers/common/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace maester::gateway::providers {

namespace {

using std::chrono::milliseconds;
constexpr std::int64_t kMaxMs = 7LL * 24 * 3600 * 1000;  // longer waits are as good as a week

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes "12.345" off the front, in thousandths; more than three decimals are cut.
std::optional<std::int64_t> take_thousandths(std::string_view& text) {
  std::size_t i = 0;
  std::int64_t value = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (value < kMaxMs) value = value * 10 + (text[i] - '0');
  }
  if (i == 0) return std::nullopt;
  value *= 1000;
  if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
    std::int64_t scale = 100;
    for (++i; i < text.size() && is_digit(text[i]); ++i) {
      value += (text[i] - '0') * scale;
      scale /= 10;
    }
  }
  text.remove_prefix(i);
  return value;
}

milliseconds from_thousandths(std::int64_t value, std::int64_t unit_ms) {
  if (value / 1000 > kMaxMs / unit_ms) return milliseconds{kMaxMs};
  const std::int64_t ms = (value * unit_ms + 999) / 1000;  // up: never earlier than asked
  return milliseconds{ms};
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
// Longer names first, so that "ms" is not read as minutes.
constexpr std::array kUnits = {
    Unit{"milliseconds", 1}, Unit{"minutes", 60'000}, Unit{"minute", 60'000},
    Unit{"seconds", 1000},   Unit{"second", 1000},    Unit{"hours", 3'600'000},
    Unit{"hour", 3'600'000}, Unit{"ms", 1},           Unit{"h", 3'600'000},
    Unit{"m", 60'000},       Unit{"s", 1000}};

std::optional<int> to_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::sys_seconds> make_time(int year, int month, int day, int hour,
                                                  int minute, int second) {
  const std::chrono::year_month_day ymd{std::chrono::year{year},
                                        std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day)}};
  if (!ymd.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days{ymd} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view t) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (t.size() != 29 || t.substr(25) != " GMT") return std::nullopt;
  const std::size_t month = kMonths.find(t.substr(8, 3));
  const auto day = to_int(t.substr(5, 2)), year = to_int(t.substr(12, 4));
  const auto hour = to_int(t.substr(17, 2)), minute = to_int(t.substr(20, 2)),
             second = to_int(t.substr(23, 2));
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute ||
      !second) {
    return std::nullopt;
  }
  return make_time(*year, static_cast<int>(month / 3) + 1, *day, *hour, *minute, *second);
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  milliseconds sum{0};
  bool any = false;
  for (;;) {
    std::string_view rest = text;
    const auto value = take_thousandths(rest);
    if (!value) break;
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const Unit* unit = nullptr;
    for (const Unit& u : kUnits) {
      if (rest.starts_with(u.name)) {
        unit = &u;
        break;
      }
    }
    if (unit == nullptr) break;
    rest.remove_prefix(unit->name.size());
    sum += from_thousandths(*value, unit->ms);
    any = true;
    text = rest;
  }
  if (!any) return std::nullopt;
  return std::min(sum, milliseconds{kMaxMs});
}

std::optional<milliseconds> parse_decimal(std::string_view text, milliseconds unit) {
  const auto value = take_thousandths(text);
  if (!value || !text.empty()) return std::nullopt;
  return from_thousandths(*value, unit.count());
}

std::optional<std::chrono::sys_seconds> parse_date(std::string_view t) {
  if (const auto http = parse_http_date(t)) return http;
  if (t.size() < 20 || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t.back() != 'Z') {
    return std::nullopt;
  }
  const auto year = to_int(t.substr(0, 4)), month = to_int(t.substr(5, 2)),
             day = to_int(t.substr(8, 2)), hour = to_int(t.substr(11, 2)),
             minute = to_int(t.substr(14, 2)), second = to_int(t.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  return make_time(*year, *month, *day, *hour, *minute, *second);
}

}  // namespace maester::gateway::providers
