#include "evals/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace maester::evals {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Output and data of a suite, which its author vouches for.
constexpr json::Limits kLimits{.depth = 60, .keys = 20'000, .values = 1'000'000};

template <class T>
const T& or_empty(const T* held) {
  static const T kEmpty{};
  return held == nullptr ? kEmpty : *held;
}

void append_pretty(std::string& out, const Value& value, std::size_t depth) {
  const std::string line = "\n" + std::string(2 * (depth + 1), ' ');
  const std::string last = "\n" + std::string(2 * depth, ' ');
  bool first = true;
  if (value.is_array() && !value.array().empty()) {
    out += '[';
    for (const Value& one : value.array()) {
      out += (std::exchange(first, false) ? "" : ",") + line;
      append_pretty(out, one, depth + 1);
    }
    out += last + ']';
  } else if (value.is_object() && !value.members().empty()) {
    out += '{';
    for (const Member& one : value.members()) {
      out += (std::exchange(first, false) ? "" : ",") + line + json::quote(one.key) + ": ";
      append_pretty(out, one.value, depth + 1);
    }
    out += last + '}';
  } else {
    out += value.json();
  }
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n\v\f");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n\v\f") - from + 1);
}

double number_of(std::string_view written) {
  std::string_view text = trimmed(written);
  if (text.empty()) return 0;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "Infinity") return negative ? -HUGE_VAL : HUGE_VAL;
  if (text.empty() || !(std::isdigit(static_cast<unsigned char>(text[0])) != 0 || text[0] == '.'))
    return kNaN;
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return kNaN;
  return negative ? -out : out;
}

}  // namespace

Value Value::null() {
  Value out;
  out.data_ = nullptr;
  return out;
}
Value Value::of(bool flag) {
  Value out;
  out.data_ = flag;
  return out;
}
Value Value::of(double number) {
  Value out;
  out.data_ = number;
  return out;
}
Value Value::of(std::string text) {
  Value out;
  out.data_ = std::move(text);
  return out;
}
Value Value::of(Array elements) {
  Value out;
  out.data_ = std::move(elements);
  return out;
}
Value Value::of(Object members) {
  Value out;
  out.data_ = std::move(members);
  return out;
}

Value Value::of(std::string_view text) {
  return of(std::string(text));
}
Value Value::of(const char* text) {
  return of(std::string(text));
}
Value Value::object() {
  return of(Object{});
}

bool Value::boolean() const {
  const bool* held = std::get_if<bool>(&data_);
  return held != nullptr && *held;
}
double Value::number() const {
  const double* held = std::get_if<double>(&data_);
  return held == nullptr ? kNaN : *held;
}
const std::string& Value::string() const {
  return or_empty(std::get_if<std::string>(&data_));
}
const Value::Array& Value::array() const {
  return or_empty(std::get_if<Array>(&data_));
}
const Value::Object& Value::members() const {
  return or_empty(std::get_if<Object>(&data_));
}

const Value& Value::get(std::string_view key) const {
  for (const Member& one : members()) {
    if (one.key == key) return one.value;
  }
  static const Value kUndefined;
  return kUndefined;
}

void Value::set(std::string_view key, Value value) {
  auto& all = std::get<Object>(data_);
  const auto found = std::ranges::find(all, key, &Member::key);
  if (found != all.end()) {
    found->value = std::move(value);
  } else {
    all.push_back({std::string(key), std::move(value)});
  }
}

void Value::push(Value value) {
  std::get<Array>(data_).push_back(std::move(value));
}

bool Value::truthy() const {
  if (is_bool()) return boolean();
  if (is_number()) return number() != 0 && !std::isnan(number());
  if (is_string()) return !string().empty();
  return !empty();
}

std::string Value::text() const {
  if (!exists()) return "undefined";
  if (is_null()) return "null";
  if (is_bool()) return boolean() ? "true" : "false";
  if (is_number()) return number_text(number());
  if (is_string()) return string();
  if (is_object()) return "[object Object]";
  std::string out;
  for (std::size_t i = 0; i < array().size(); ++i)
    out += (i == 0 ? "" : ",") + (array()[i].empty() ? "" : array()[i].text());
  return out;
}

double Value::to_number() const {
  if (is_null()) return 0;
  if (is_bool()) return boolean() ? 1 : 0;
  if (is_string()) return number_of(string());
  if (is_array()) return number_of(text());
  return number();
}

std::string Value::shown() const {
  return empty() ? std::string() : text();
}

void Value::append_json(json::Writer& out) const {
  if (empty()) {
    out.null();
  } else if (is_bool()) {
    out.value(boolean());
  } else if (is_number()) {
    out.raw(std::isfinite(number()) ? number_text(number()) : "null");
  } else if (is_string()) {
    out.value(string());
  } else if (is_array()) {
    out.begin_array();
    for (const Value& one : array()) one.append_json(out);
    out.end_array();
  } else {
    out.begin_object();
    for (const Member& one : members()) {
      if (!one.value.exists()) continue;
      out.key(std::string_view(one.key));
      one.value.append_json(out);
    }
    out.end_object();
  }
}

std::string Value::json() const {
  std::string out;
  json::Writer writer(out);
  append_json(writer);
  return out;
}

std::string Value::pretty_json() const {
  std::string out;
  append_pretty(out, *this, 0);
  return out;
}

bool strictly_equal(const Value& a, const Value& b) {
  if (a.exists() != b.exists() || a.is_null() != b.is_null()) return false;
  if (a.empty()) return true;
  if (a.is_bool() && b.is_bool()) return a.boolean() == b.boolean();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.is_string() && b.is_string()) return a.string() == b.string();
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.array(), b.array(), strictly_equal);
  if (!a.is_object() || !b.is_object() || a.members().size() != b.members().size()) return false;
  return std::ranges::all_of(a.members(), [&](const Member& one) {
    return b.get(one.key).exists() && strictly_equal(one.value, b.get(one.key));
  });
}

bool loosely_equal(const Value& a, const Value& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  const auto plain = [](const Value& v) { return v.is_bool() || v.is_number() || v.is_string(); };
  const bool same_kind = a.is_string() == b.is_string() && a.is_bool() == b.is_bool();
  if (plain(a) && plain(b) && !same_kind) return a.to_number() == b.to_number();
  return strictly_equal(a, b);
}

Value from_json(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::absent:
      return {};
    case json::Kind::null:
      return Value::null();
    case json::Kind::boolean:
      return Value::of(value.bool_or(false));
    case json::Kind::number:
      return Value::of(number_of(value.raw()));
    case json::Kind::string:
      return Value::of(value.string_or(""));
    case json::Kind::array: {
      Value::Array out;
      for (const json::Value one : value) out.push_back(from_json(one));
      return Value::of(std::move(out));
    }
    case json::Kind::object: {
      Value out = Value::object();
      for (const json::Value one : value) out.set(one.key(), from_json(one));
      return out;
    }
  }
  return {};
}

Result<Value> parse_json(std::string_view text) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(text, kLimits));
  return from_json(document.root());
}

std::string_view kind_name(const Value& value) {
  if (value.empty()) return "nothing";
  if (value.is_bool()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a text";
  return value.is_array() ? "a list" : "a mapping";
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  if (number == 0) return "0";
  char buffer[64];
  const double size = std::abs(number);
  const bool plain = size < 1e21 && size >= 1e-6;
  const auto [end, error] =
      plain ? std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed)
            : std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
  std::string out(buffer, end);
  // JavaScript writes 1e-7, not 1e-07.
  const std::size_t e = out.find('e');
  if (e != std::string::npos && out[e + 2] == '0') out.erase(e + 2, 1);
  return out;
}

}  // namespace maester::evals
