// RFC 3339 (dates), ISO 8601 (durations), RFC 5321 (mail), RFC 1123 (hosts), RFC 3986 (URIs), RFC
// 4122 (UUIDs), RFC 6901 (pointers), in the strictness of ajv-formats.
#include "codec/schema_formats.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/pattern.h"

namespace maester::schema {
namespace {

using std::string_view;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Takes `count` digits off the front; -1 when they are not there.
int take_number(string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return out;
}
bool take(string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool date(string_view text) {
  constexpr std::array<int, 13> kDays = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = take_number(text, 4);
  if (year < 0 || !take(text, '-')) return false;
  const int month = take_number(text, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return false;
  const int day = take_number(text, 2);
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int last = month == 2 && !leap ? 28 : kDays[static_cast<std::size_t>(month)];
  return day >= 1 && day <= last && text.empty();
}

bool time_of(string_view text, bool zone_needed) {
  const int hour = take_number(text, 2);
  if (hour < 0 || !take(text, ':')) return false;
  const int minute = take_number(text, 2);
  if (minute < 0 || !take(text, ':')) return false;
  const int second = take_number(text, 2);
  if (second < 0) return false;
  if (take(text, '.')) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  int zone_hour = 0, zone_minute = 0, sign = 1;
  if (text.empty()) {
    if (zone_needed) return false;
  } else if (text == "z" || text == "Z") {
    text = {};
  } else {
    if (text[0] != '+' && text[0] != '-') return false;
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    zone_hour = take_number(text, 2);
    if (!text.empty()) {
      (void)take(text, ':');
      zone_minute = take_number(text, 2);
    }
    if (zone_hour < 0 || zone_hour > 23 || zone_minute < 0 || zone_minute > 59 || !text.empty())
      return false;
  }
  if (hour <= 23 && minute <= 59 && second <= 59) return true;
  // A leap second stands at the end of a day of UTC.
  const int utc = (hour * 60 + minute - sign * (zone_hour * 60 + zone_minute) + 2 * 1440) % 1440;
  return hour <= 23 && minute <= 59 && second == 60 && utc == 1439;
}
bool time(string_view text) {
  return time_of(text, true);
}
bool iso_time(string_view text) {
  return time_of(text, false);
}
bool date_time_of(string_view text, bool zone_needed) {
  const std::size_t between = text.find_first_of("tT \t");
  return between != string_view::npos && date(text.substr(0, between)) &&
         time_of(text.substr(between + 1), zone_needed);
}
bool date_time(string_view text) {
  return date_time_of(text, true);
}
bool iso_date_time(string_view text) {
  return date_time_of(text, false);
}

// Numbers with the units in this order; false when another unit comes.
bool take_units(string_view& text, string_view units, bool& any) {
  std::size_t next = 0;
  while (!text.empty() && is_digit(text[0])) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == text.size()) return false;
    const std::size_t unit = units.find(text[digits], next);
    if (unit == string_view::npos) return false;
    next = unit + 1;
    any = true;
    text.remove_prefix(digits + 1);
  }
  return true;
}
bool duration(string_view text) {
  bool any = false;
  if (!take(text, 'P')) return false;
  if (text.ends_with('W')) return take_units(text, "W", any) && any && text.empty();
  if (!take_units(text, "YMD", any)) return false;
  if (text.empty()) return any;
  any = false;
  return take(text, 'T') && take_units(text, "HMS", any) && any && text.empty();
}

bool label(string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}
// Labels between dots; answers how many, 0 when one is malformed.
std::size_t labels(string_view text, std::size_t most) {
  std::size_t count = 0;
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (!label(text.substr(0, dot), most)) return 0;
    ++count;
    if (dot == text.size()) return count;
    text.remove_prefix(dot + 1);
  }
}
bool hostname(string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return text.size() <= 253 && labels(text, 63) > 0;
}
bool email(string_view text) {
  constexpr string_view kMarks = "!#$%&'*+/=?^_`{|}~-";
  const std::size_t at = text.find('@');
  if (at == string_view::npos || at == 0) return false;
  char before = '.';
  for (const char c : text.substr(0, at)) {
    const bool atom = is_letter(c) || is_digit(c) || kMarks.find(c) != string_view::npos;
    if (!atom && (c != '.' || before == '.')) return false;
    before = c;
  }
  return before != '.' && labels(text.substr(at + 1), string_view::npos) > 1;
}

bool ipv4(string_view text) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && !take(text, '.')) return false;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return false;
    if (take_number(text, digits) > 255) return false;
  }
  return text.empty();
}
bool ipv6(string_view text) {
  std::size_t groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  for (;;) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const string_view group = text.substr(0, end);
    if (end == text.size() && group.find('.') != string_view::npos) {
      groups += 2;
      return ipv4(group) && (gap ? groups < 8 : groups == 8);
    }
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex)) return false;
    ++groups;
    if (end == text.size()) return gap ? groups < 8 : groups == 8;
    text.remove_prefix(end + 1);
    if (text.starts_with(':')) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
      if (text.empty()) return groups < 8;
    } else if (text.empty()) {
      return false;
    }
  }
}

// Characters that RFC 3986 allows, and whole percent escapes.
bool uri_text(string_view text, string_view more) {
  constexpr string_view kFine = "-._~:/?#[]@!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
      continue;
    }
    const bool fine = is_letter(c) || is_digit(c) || kFine.find(c) != string_view::npos ||
                      more.find(c) != string_view::npos;
    if (!fine) return false;
  }
  return std::ranges::count(text, '#') <= 1;
}
bool uri_reference(string_view text) {
  return uri_text(text, "");
}
// Where the scheme ends, 0 without one.
std::size_t scheme(string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == string_view::npos || colon == 0 || !is_letter(text[0])) return 0;
  const bool fine = std::ranges::all_of(text.substr(0, colon), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fine ? colon : 0;
}
bool uri(string_view text) {
  return scheme(text) > 0 && uri_text(text, "");
}
bool url(string_view text) {
  const std::size_t colon = scheme(text);
  const string_view name = text.substr(0, colon);
  if (name != "http" && name != "https" && name != "ftp") return false;
  const string_view rest = text.substr(colon);
  if (!rest.starts_with("://") || !uri_text(text, "")) return false;
  string_view host = rest.substr(3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto at = host.rfind('@'); at != string_view::npos) host = host.substr(at + 1);
  if (const auto port = host.rfind(':'); port != string_view::npos && host.back() != ']')
    host = host.substr(0, port);
  return ipv4(host) || labels(host, 63) > 1;
}
bool uri_template(string_view text) {
  bool inside = false;
  for (const char c : text) {
    if (c == '{' || c == '}') {
      if ((c == '{') == inside) return false;
      inside = !inside;
    }
  }
  return !inside && uri_text(text, "{}|^");
}

bool uuid(string_view text) {
  constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};
  if (text.starts_with("urn:uuid:")) text.remove_prefix(9);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::ranges::find(kDashes, i) != kDashes.end();
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool json_pointer(string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
      return false;
  }
  return true;
}
bool fragment_pointer(string_view text) {
  return take(text, '#') && json_pointer(text) && uri_text(text, "");
}
bool relative_pointer(string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  return text == "#" || json_pointer(text);
}
bool expression(string_view text) {
  return Pattern::compile(text).has_value();
}
bool base64(string_view text) {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  return std::ranges::all_of(
      text, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; });
}

template <bool (*kCheck)(string_view)>
bool of_text(const json::Value& value) {
  return !value.is_string() || kCheck(value.string_or(""));
}
bool int32(const json::Value& value) {
  if (!value.is_number()) return true;
  const auto number = value.as_int();
  return number && *number >= INT32_MIN && *number <= INT32_MAX;
}
bool int64(const json::Value& value) {
  return !value.is_number() || value.as_int().has_value();
}
bool anything(const json::Value&) {
  return true;
}

constexpr auto kFormats = std::to_array<std::pair<string_view, FormatCheck>>({
    {"date", of_text<date>},
    {"time", of_text<time>},
    {"date-time", of_text<date_time>},
    {"iso-time", of_text<iso_time>},
    {"iso-date-time", of_text<iso_date_time>},
    {"duration", of_text<duration>},
    {"email", of_text<email>},
    {"hostname", of_text<hostname>},
    {"ipv4", of_text<ipv4>},
    {"ipv6", of_text<ipv6>},
    {"uri", of_text<uri>},
    {"uri-reference", of_text<uri_reference>},
    {"uri-template", of_text<uri_template>},
    {"url", of_text<url>},
    {"uuid", of_text<uuid>},
    {"json-pointer", of_text<json_pointer>},
    {"json-pointer-uri-fragment", of_text<fragment_pointer>},
    {"relative-json-pointer", of_text<relative_pointer>},
    {"regex", of_text<expression>},
    {"byte", of_text<base64>},
    {"int32", int32},
    {"int64", int64},
    {"float", anything},
    {"double", anything},
    {"password", anything},
    {"binary", anything},
});

}  // namespace

FormatCheck format_check(string_view name) {
  const auto found = std::ranges::find(kFormats, name, &std::pair<string_view, FormatCheck>::first);
  return found == kFormats.end() ? nullptr : found->second;
}

}  // namespace maester::schema
