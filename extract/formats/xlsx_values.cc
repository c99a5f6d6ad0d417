#include "extract/formats/xlsx_values.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

namespace maester::extract {
namespace {

int integer(std::string_view text, int fallback) {
  int value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Runs of rich text; not the reading aids above them.
std::string rich_text(const pugi::xml_node& node) {
  std::string out;
  for (const pugi::xml_node& part : node.children()) {
    if (local_name(part) == "t") out += text_of(part);
    if (local_name(part) == "r") out += text_of(child(part, "t"));
  }
  return out;
}

// Days since 1899-12-30 (which makes up for the 29 February 1900 that Excel believes in), or 1904.
std::string moment(double serial, bool date, bool time, bool from_1904) {
  using namespace std::chrono;
  const sys_days epoch =
      from_1904 ? sys_days(1904y / January / 1d) : sys_days(1899y / December / 30d);
  auto seconds_in_all = static_cast<std::int64_t>(std::llround(serial * 86'400));
  const std::int64_t day = seconds_in_all >= 0 ? seconds_in_all / 86'400 : 0;
  seconds_in_all -= day * 86'400;
  const year_month_day ymd{epoch + days(day)};
  char text[64];
  std::string out;
  if (date) {
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
    out = text;
  }
  if (time) {
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(seconds_in_all / 3600),
                  static_cast<int>(seconds_in_all / 60 % 60),
                  static_cast<int>(seconds_in_all % 60));
    out += (out.empty() ? "" : " ") + std::string(text);
  }
  return out;
}

}  // namespace

XlsxValues::XlsxValues(const pugi::xml_node& strings, const pugi::xml_node& styles,
                       bool dates_from_1904)
    : from_1904_(dates_from_1904) {
  for (const pugi::xml_node& node : strings.children())
    if (local_name(node) == "si") strings_.push_back(rich_text(node));
  std::map<int, Look> own;
  for (const pugi::xml_node& node : child(styles, "numFmts").children())
    own[integer(attribute(node, "numFmtId"), 0)] = look_of(attribute(node, "formatCode"));
  for (const pugi::xml_node& node : child(styles, "cellXfs").children()) {
    const int id = integer(attribute(node, "numFmtId"), 0);
    const auto found = own.find(id);
    looks_.push_back(found == own.end() ? look_of_builtin(id) : found->second);
  }
}

// ECMA-376, 18.8.30: the formats that every file has.
XlsxValues::Look XlsxValues::look_of_builtin(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
    return Look::date;
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47)) return Look::time;
  if (id == 22) return Look::date_time;
  return id == 9 || id == 10 ? Look::percent : Look::plain;
}

XlsxValues::Look XlsxValues::look_of(std::string_view format) {
  std::string letters;
  char until = 0;
  for (std::size_t i = 0; i < format.size() && format[i] != ';'; ++i) {
    const char c = format[i];
    if (until != 0) {
      if (c == until) until = 0;
    } else if (c == '"') {
      until = '"';
    } else if (c == '[') {
      const std::string_view rest = format.substr(i);
      if (!rest.starts_with("[h") && !rest.starts_with("[m") && !rest.starts_with("[s"))
        until = ']';
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else {
      letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  if (letters == "general") return Look::plain;
  const bool date = letters.find_first_of("yd") != std::string::npos;
  const bool time = letters.find_first_of("hs") != std::string::npos;
  if (date) return time ? Look::date_time : Look::date;
  if (time) return Look::time;
  if (letters.contains('m')) return Look::date;
  return letters.contains('%') ? Look::percent : Look::plain;
}

std::string XlsxValues::number(std::string_view value, std::string_view style) const {
  const auto index = static_cast<std::size_t>(integer(style, 0));
  const Look look = index < looks_.size() ? looks_[index] : Look::plain;
  double serial = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), serial);
  if (error != std::errc() || end != value.data() + value.size()) return std::string(value);
  constexpr double kMostDays = 2'958'466;  // 9999-12-31
  const bool in_range = serial >= 0 && serial < kMostDays;
  if (look == Look::percent) {
    char text[64];
    std::snprintf(text, sizeof text, "%.15g%%", serial * 100);
    return text;
  }
  if (look != Look::plain && in_range)
    return moment(serial, look != Look::time, look != Look::date, from_1904_);
  // 0.1 is stored as 0.10000000000000001: what a sheet shows has at most 15 digits.
  if (value.find_first_of(".eE") == std::string_view::npos) return std::string(value);
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", serial);
  return text;
}

std::string XlsxValues::text(const pugi::xml_node& cell) const {
  const std::string_view type = attribute(cell, "t");
  if (type == "inlineStr") return rich_text(child(cell, "is"));
  const std::string value = text_of(child(cell, "v"));
  if (value.empty()) return {};
  if (type == "s") {
    const auto index = static_cast<std::size_t>(integer(value, -1));
    return index < strings_.size() ? strings_[index] : std::string();
  }
  if (type == "b") return value == "1" ? "TRUE" : "FALSE";
  if (type == "str" || type == "e" || type == "d") return value;
  return number(value, attribute(cell, "s"));
}

int column_of(std::string_view reference) {
  int column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + (c - 'A' + 1);
    if (column > 16'384) return -1;
  }
  return column - 1;
}

}  // namespace maester::extract
