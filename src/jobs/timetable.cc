#include "jobs/timetable.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace maester::jobs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kShortest{10};
constexpr days kLongest{366};
constexpr int kSearchedDays = 9 * 366;  // the 29th of February comes every 8 years at the rarest
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
struct Shorthand {
  std::string_view name, fields;
};
constexpr std::array<Shorthand, 6> kShorthands = {{{"@hourly", "0 * * * *"},
                                                   {"@daily", "0 0 * * *"},
                                                   {"@midnight", "0 0 * * *"},
                                                   {"@weekly", "0 0 * * 0"},
                                                   {"@monthly", "0 0 1 * *"},
                                                   {"@yearly", "0 0 1 1 *"}}};

struct Field {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> names;  // the first stands for `least`
};
constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59, {}},
                                           {"hour", 0, 23, {}},
                                           {"day of the month", 1, 31, {}},
                                           {"month", 1, 12, kMonths},
                                           {"day of the week", 0, 7, kWeekdays}}};

std::unexpected<Error> wrong(std::string why) {
  return fail(Code::invalid_request,
              "The timetable is not understood: " + why +
                  " It is \"@every 15m\", \"@daily\" or cron's five fields, such as "
                  "\"30 3 * * mon-fri\" (UTC).",
              "timetable");
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<int> point(const Field& field, std::string_view text) {
  const auto named = std::find(field.names.begin(), field.names.end(), text);
  if (named != field.names.end())
    return field.least + static_cast<int>(named - field.names.begin());
  const auto number = whole_number(text);
  return number && *number >= field.least && *number <= field.most ? number : std::nullopt;
}

struct Range {
  int from, to, step;
};

// "*", "5", "5-9", each with "/2".
std::optional<Range> range(const Field& field, std::string_view text) {
  Range out{field.least, field.most, 1};
  const std::size_t slash = text.find('/');
  const std::string_view body = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto step = whole_number(text.substr(slash + 1));
    if (!step || *step == 0) return std::nullopt;
    out.step = *step;
  }
  if (body == "*") return out;
  const std::size_t dash = body.find('-');
  const auto from = point(field, body.substr(0, dash));
  if (!from) return std::nullopt;
  out.from = *from;
  if (dash == std::string_view::npos) {
    if (slash == std::string_view::npos) out.to = *from;
    return out;
  }
  const auto to = point(field, body.substr(dash + 1));
  if (!to || *to < *from) return std::nullopt;
  out.to = *to;
  return out;
}

template <std::size_t N>
Status read_field(const Field& field, std::string_view text, std::bitset<N>& out) {
  for (const std::string_view part : split(text, ',')) {
    const auto one = range(field, part);
    if (!one) {
      return wrong("its " + std::string(field.name) + " is `" + std::string(part.substr(0, 32)) +
                   "`, not " + std::to_string(field.least) + " to " + std::to_string(field.most) +
                   ".");
    }
    for (int i = one->from; i <= one->to; i += one->step) out.set(static_cast<std::size_t>(i));
  }
  return {};
}

Result<nanoseconds> read_period(std::string_view text) {
  if (text.empty()) return wrong("the period is missing.");
  const auto count = whole_number(text.substr(0, text.size() - 1));
  seconds unit{0};
  if (text.back() == 's') unit = seconds{1};
  if (text.back() == 'm') unit = minutes{1};
  if (text.back() == 'h') unit = hours{1};
  if (text.back() == 'd') unit = days{1};
  if (!count || unit == seconds{0} || *count > 1'000'000)
    return wrong("its period is a whole number and s, m, h or d.");
  const seconds period = unit * *count;
  if (period < kShortest || period > kLongest)
    return wrong("its period must be from 10 seconds to 366 days.");
  return period;
}

}  // namespace

Result<Timetable> Timetable::parse(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  Timetable out;
  constexpr std::string_view kEvery = "@every ";
  if (lower.starts_with(kEvery)) {
    TRY_ASSIGN(out.every_, read_period(std::string_view(lower).substr(kEvery.size())));
    return out;
  }
  for (const Shorthand& one : kShorthands) {
    if (lower == one.name) lower = one.fields;
  }
  std::vector<std::string_view> fields = split(lower, ' ');
  std::erase(fields, "");
  if (fields.size() != kFields.size()) {
    return wrong("it has " + std::to_string(fields.size()) + " fields.");
  }
  TRY(read_field(kFields[0], fields[0], out.minutes_));
  TRY(read_field(kFields[1], fields[1], out.hours_));
  TRY(read_field(kFields[2], fields[2], out.days_));
  TRY(read_field(kFields[3], fields[3], out.months_));
  TRY(read_field(kFields[4], fields[4], out.weekdays_));
  if (out.weekdays_.test(7)) out.weekdays_.set(0);
  out.any_day_ = fields[2].starts_with('*');
  out.any_weekday_ = fields[4].starts_with('*');
  if (out.next_by_fields(WallTime{}) == WallTime::max()) return wrong("its date never comes.");
  return out;
}

bool Timetable::day_matches(std::chrono::year_month_day day) const {
  if (!months_.test(static_cast<unsigned>(day.month()))) return false;
  const bool by_day = days_.test(static_cast<unsigned>(day.day()));
  const std::chrono::weekday weekday{std::chrono::sys_days{day}};
  const bool by_weekday = weekdays_.test(weekday.c_encoding());
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

WallTime Timetable::next_by_fields(WallTime now) const {
  const WallTime first = std::chrono::floor<minutes>(now) + minutes{1};
  auto day = std::chrono::floor<days>(first);
  for (int i = 0; i < kSearchedDays; ++i, day += days{1}) {
    if (!day_matches(day)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      if (!hours_.test(hour)) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        if (!minutes_.test(minute)) continue;
        const WallTime at = day + hours{hour} + minutes{minute};
        if (at >= first) return at;
      }
    }
  }
  return WallTime::max();
}

WallTime Timetable::next(WallTime last, WallTime now) const {
  if (every_ == nanoseconds{0}) return next_by_fields(now);
  if (last > now) return last + every_;
  return last + every_ * ((now - last) / every_ + 1);
}

}  // namespace maester::jobs
