// The fixed list of what an expression may call.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "codec/pattern.h"
#include "codec/text.h"
#include "codec/utf16.h"
#include "evals/expression.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxRepeat = 1 << 20;

const Value& argument(const Arguments& arguments, std::size_t i) {
  static const Value kNone;
  return i < arguments.size() ? arguments[i] : kNone;
}

// An index as slice() takes it: from the end when negative, cut to the length.
std::size_t place_in(const Value& index, std::size_t size, std::size_t fallback) {
  if (!index.exists()) return fallback;
  const double wanted = std::trunc(index.to_number());
  if (std::isnan(wanted)) return 0;
  const double length = static_cast<double>(size);
  const double out = wanted < 0 ? std::max(0.0, length + wanted) : std::min(wanted, length);
  return static_cast<std::size_t>(out);
}

std::string trimmed(std::string_view text, bool front, bool back) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  while (front && !text.empty() && kSpace.find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (back && !text.empty() && kSpace.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return std::string(text);
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to, bool all) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != std::string_view::npos && !from.empty();
       found = text.find(from, at)) {
    out.append(text.substr(at, found - at)).append(to);
    at = found + from.size();
    if (!all) break;
  }
  return out.append(text.substr(at));
}

Value split(const std::string& text, const Value& by) {
  Value::Array out;
  if (!by.exists()) {
    out.push_back(Value::of(text));
  } else if (by.text().empty()) {
    for (const char16_t unit : text::to_utf16(text))
      out.push_back(Value::of(text::from_utf16({&unit, 1})));
  } else {
    const std::string sign = by.text();
    std::size_t at = 0;
    for (std::size_t end = text.find(sign); end != std::string::npos; end = text.find(sign, at)) {
      out.push_back(Value::of(text.substr(at, end - at)));
      at = end + sign.size();
    }
    out.push_back(Value::of(text.substr(at)));
  }
  return Value::of(std::move(out));
}

Result<Value> text_method(const std::string& s, std::string_view name, const Arguments& given) {
  const Value& first = argument(given, 0);
  const Value& second = argument(given, 1);
  if (name == "toUpperCase") return Value::of(text::to_upper(s));
  if (name == "toLowerCase") return Value::of(text::to_lower(s));
  if (name == "trim") return Value::of(trimmed(s, true, true));
  if (name == "trimStart") return Value::of(trimmed(s, true, false));
  if (name == "trimEnd") return Value::of(trimmed(s, false, true));
  if (name == "includes") return Value::of(s.find(first.text()) != std::string::npos);
  if (name == "startsWith") return Value::of(s.starts_with(first.text()));
  if (name == "endsWith") return Value::of(s.ends_with(first.text()));
  if (name == "replace") return Value::of(replaced(s, first.text(), second.text(), false));
  if (name == "replaceAll") return Value::of(replaced(s, first.text(), second.text(), true));
  if (name == "split") return split(s, first);
  if (name == "concat") return Value::of(s + first.text());
  if (name == "repeat") {
    const double times = std::trunc(first.to_number());
    if (!(times >= 0) || times * static_cast<double>(s.size()) > kMaxRepeat)
      return fail(Code::too_large, "repeat() would make more than 1 MiB");
    std::string out;
    for (double i = 0; i < times; ++i) out += s;
    return Value::of(std::move(out));
  }
  if (name == "indexOf" || name == "lastIndexOf") {
    const std::size_t found = name == "indexOf" ? s.find(first.text()) : s.rfind(first.text());
    if (found == std::string::npos) return Value::of(-1.0);
    return Value::of(static_cast<double>(text::to_utf16(s.substr(0, found)).size()));
  }
  const std::u16string units = text::to_utf16(s);
  if (name == "slice") {
    const std::size_t from = place_in(first, units.size(), 0);
    const std::size_t to = place_in(second, units.size(), units.size());
    return Value::of(
        text::from_utf16(std::u16string_view(units).substr(from, to > from ? to - from : 0)));
  }
  if (name == "substring") {
    const auto clip = [&](const Value& v, std::size_t none) {
      return v.exists() && !(v.to_number() > 0) ? 0 : place_in(v, units.size(), none);
    };
    const std::size_t a = clip(first, 0);
    const std::size_t b = clip(second, units.size());
    return Value::of(text::from_utf16(
        std::u16string_view(units).substr(std::min(a, b), std::max(a, b) - std::min(a, b))));
  }
  if (name == "charAt") {
    const double at = first.exists() ? std::trunc(first.to_number()) : 0;
    const bool inside = at >= 0 && at < static_cast<double>(units.size());
    return Value::of(inside ? text::from_utf16({&units[static_cast<std::size_t>(at)], 1})
                            : std::string());
  }
  return fail(Code::invalid_request, "a text has no method `" + std::string(name) + "`");
}

Result<Value> list_method(const Value::Array& list, std::string_view name, const Arguments& given) {
  const Value& first = argument(given, 0);
  if (name == "join") {
    const std::string sign = first.exists() ? first.text() : ",";
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : sign) + list[i].shown();
    return Value::of(std::move(out));
  }
  if (name == "includes" || name == "indexOf") {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!strictly_equal(list[i], first)) continue;
      return name == "includes" ? Value::of(true) : Value::of(static_cast<double>(i));
    }
    return name == "includes" ? Value::of(false) : Value::of(-1.0);
  }
  if (name == "slice") {
    const std::size_t from = place_in(first, list.size(), 0);
    const std::size_t to = place_in(argument(given, 1), list.size(), list.size());
    Value::Array out;
    for (std::size_t i = from; i < to; ++i) out.push_back(list[i]);
    return Value::of(std::move(out));
  }
  if (name == "concat") {
    Value::Array out = list;
    out.insert(out.end(), first.array().begin(), first.array().end());
    if (!first.is_array()) out.push_back(first);
    return Value::of(std::move(out));
  }
  if (name == "reverse") return Value::of(Value::Array(list.rbegin(), list.rend()));
  return fail(Code::invalid_request, "a list has no method `" + std::string(name) + "`");
}

constexpr auto kMethods = std::to_array<std::string_view>(
    {"toUpperCase", "toLowerCase", "trim",     "trimStart", "trimEnd",     "includes",
     "startsWith",  "endsWith",    "indexOf",  "slice",     "lastIndexOf", "substring",
     "split",       "replace",     "toString", "concat",    "replaceAll",  "repeat",
     "charAt",      "join",        "reverse",  "toFixed",   "test",        "match"});
constexpr auto kFunctions = std::to_array<std::string_view>(
    {"JSON.parse",    "JSON.stringify", "Math.min", "Math.max",        "Math.abs",   "Math.round",
     "Math.floor",    "Math.ceil",      "Math.pow", "Math.sqrt",       "Math.log",   "Math.exp",
     "Number",        "String",         "Boolean",  "parseInt",        "parseFloat", "Object.keys",
     "Object.values", "Array.isArray",  "isNaN",    "Number.isInteger"});

}  // namespace

bool known_method(std::string_view name) {
  return std::ranges::find(kMethods, name) != kMethods.end();
}
bool known_function(std::string_view name) {
  return std::ranges::find(kFunctions, name) != kFunctions.end();
}

Result<Value> property_of(const Value& value, const Value& key) {
  if (key.is_string() && key.string() == "length") {
    if (value.is_string())
      return Value::of(static_cast<double>(text::to_utf16(value.string()).size()));
    if (value.is_array()) return Value::of(static_cast<double>(value.array().size()));
  }
  if (value.is_object()) return Value(value.get(key.text()));
  const double index = key.to_number();
  if (value.is_array() && index >= 0 && index < static_cast<double>(value.array().size()) &&
      index == std::trunc(index)) {
    return Value(value.array()[static_cast<std::size_t>(index)]);
  }
  if (value.is_string() && key.is_number()) return text_method(value.string(), "charAt", {key});
  if (!value.empty()) return Value();
  return fail(Code::invalid_request, "`" + key.text() + "` is asked of a value that is not there");
}

Result<Value> call_method(const Value& self, std::string_view name, const Arguments& arguments) {
  if (name == "toString") return Value::of(self.text());
  if (self.is_string()) return text_method(self.string(), name, arguments);
  if (self.is_array()) return list_method(self.array(), name, arguments);
  if (self.is_number() && name == "toFixed") {
    const double digits = argument(arguments, 0).exists() ? argument(arguments, 0).to_number() : 0;
    if (!(digits >= 0 && digits <= 20))
      return fail(Code::invalid_request, "toFixed() takes 0 to 20");
    char out[400];
    const int size =
        std::snprintf(out, sizeof out, "%.*f", static_cast<int>(digits), self.number());
    return Value::of(std::string(out, static_cast<std::size_t>(std::max(size, 0))));
  }
  return fail(Code::invalid_request,
              std::string(kind_name(self)) + " has no method `" + std::string(name) + "`");
}

Result<Value> call_function(std::string_view name, const Arguments& arguments) {
  const Value& first = argument(arguments, 0);
  if (name == "JSON.parse") return parse_json(first.text());
  if (name == "JSON.stringify") {
    return Value::of(argument(arguments, 2).truthy() ? first.pretty_json() : first.json());
  }
  if (name == "String") return Value::of(first.text());
  if (name == "Boolean") return Value::of(first.truthy());
  if (name == "Number") return Value::of(first.to_number());
  if (name == "isNaN") return Value::of(std::isnan(first.to_number()));
  if (name == "Array.isArray") return Value::of(first.is_array());
  if (name == "Number.isInteger")
    return Value::of(first.is_number() && std::trunc(first.number()) == first.number());
  if (name == "parseInt" || name == "parseFloat") {
    std::string text = trimmed(first.text(), true, true);
    const bool whole = name == "parseInt";
    const std::size_t end = text.find_first_not_of(whole ? "+-0123456789" : "+-.eE0123456789");
    text = text.substr(0, end);
    return Value::of(text.empty() ? std::nan("") : Value::of(text).to_number());
  }
  if (name == "Object.keys" || name == "Object.values") {
    Value::Array out;
    for (const Member& one : first.members())
      out.push_back(name == "Object.keys" ? Value::of(one.key) : one.value);
    return Value::of(std::move(out));
  }
  const double x = first.exists() ? first.to_number() : std::nan("");
  if (name == "Math.min" || name == "Math.max") {
    double out = x;
    for (const Value& one : arguments)
      out = name == "Math.min" ? std::fmin(out, one.to_number()) : std::fmax(out, one.to_number());
    return Value::of(out);
  }
  if (name == "Math.abs") return Value::of(std::abs(x));
  if (name == "Math.round") return Value::of(std::floor(x + 0.5));
  if (name == "Math.floor") return Value::of(std::floor(x));
  if (name == "Math.ceil") return Value::of(std::ceil(x));
  if (name == "Math.sqrt") return Value::of(std::sqrt(x));
  if (name == "Math.log") return Value::of(std::log(x));
  if (name == "Math.exp") return Value::of(std::exp(x));
  return Value::of(std::pow(x, argument(arguments, 1).to_number()));
}

Result<bool> test_regex(std::string_view pattern, std::string_view flags, std::string_view text) {
  std::string prefix;
  for (const char flag : flags) {
    if (flag == 'i' || flag == 's')
      prefix += flag;
    else if (flag != 'g' && flag != 'u')
      return fail(Code::invalid_request,
                  "the flag `" + std::string(1, flag) + "` is not supported");
  }
  std::string whole(pattern);
  if (prefix.find('s') != std::string::npos)
    return fail(Code::invalid_request, "the flag `s` is not supported");
  // Pattern has no flags: letters are matched in both cases by lower-casing both sides.
  if (!prefix.empty()) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i] == '\\')
        ++i;
      else if (whole[i] >= 'A' && whole[i] <= 'Z')
        whole[i] = static_cast<char>(whole[i] + 32);
    }
  }
  TRY_ASSIGN(const Pattern compiled, Pattern::compile(whole));
  return compiled.matches(prefix.empty() ? std::string(text) : text::to_lower(text));
}

}  // namespace maester::evals
