// The filters of templates.
#include <algorithm>
#include <array>
#include <cmath>

#include "codec/markup_escape.h"
#include "codec/text.h"
#include "codec/utf16.h"
#include "evals/expression.h"

namespace maester::evals {
namespace {

using Filter = Result<Value> (*)(const Value& value, const Arguments& arguments);

const Value& argument(const Arguments& arguments, std::size_t i) {
  static const Value kNone;
  return i < arguments.size() ? arguments[i] : kNone;
}

Result<Value> method(const Value& value, std::string_view name, const Arguments& arguments) {
  return call_method(Value::of(value.shown()), name, arguments);
}

Result<Value> default_of(const Value& value, const Arguments& arguments) {
  const bool missing = argument(arguments, 1).truthy() ? !value.truthy() : !value.exists();
  return missing ? argument(arguments, 0) : value;
}

Result<Value> length_of(const Value& value, const Arguments&) {
  if (value.is_object()) return Value::of(static_cast<double>(value.members().size()));
  if (value.is_array()) return Value::of(static_cast<double>(value.array().size()));
  return Value::of(static_cast<double>(text::to_utf16(value.shown()).size()));
}

Result<Value> join(const Value& value, const Arguments& arguments) {
  const std::string sign = argument(arguments, 0).shown();
  const std::string member = argument(arguments, 1).shown();
  std::string out;
  bool first = true;
  for (const Value& one : value.array()) {
    out += (first ? "" : sign) + (member.empty() ? one : one.get(member)).shown();
    first = false;
  }
  return Value::of(std::move(out));
}

Result<Value> capitalize(const Value& value, const Arguments&) {
  const std::string lower = text::to_lower(value.shown());
  const std::u16string units = text::to_utf16(lower);
  if (units.empty()) return Value::of("");
  return Value::of(text::to_upper(text::from_utf16({units.data(), 1})) +
                   text::from_utf16(std::u16string_view(units).substr(1)));
}

Result<Value> title(const Value& value, const Arguments&) {
  std::string out;
  std::string word;
  for (const char c : value.shown() + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    TRY_ASSIGN(const Value big, capitalize(Value::of(word), {}));
    out += big.string() + " ";
    word.clear();
  }
  out.pop_back();
  return Value::of(std::move(out));
}

Result<Value> end_of(const Value& value, bool last) {
  if (value.is_array()) {
    if (value.array().empty()) return Value();
    return last ? value.array().back() : value.array().front();
  }
  return call_method(Value::of(value.shown()), "slice",
                     last ? Arguments{Value::of(-1.0)} : Arguments{Value::of(0.0), Value::of(1.0)});
}

Result<Value> dump(const Value& value, const Arguments& arguments) {
  return Value::of(argument(arguments, 0).truthy() ? value.pretty_json() : value.json());
}

Result<Value> round(const Value& value, const Arguments& arguments) {
  const Value& digits = argument(arguments, 0);
  const double factor = std::pow(10, digits.exists() ? digits.to_number() : 0);
  const std::string how = argument(arguments, 1).shown();
  const double scaled = value.to_number() * factor;
  return Value::of((how == "ceil"    ? std::ceil(scaled)
                    : how == "floor" ? std::floor(scaled)
                                     : std::floor(scaled + 0.5)) /
                   factor);
}

Result<Value> escape(const Value& value, const Arguments&) {
  return Value::of(text::escape_markup(value.shown()));
}

Result<Value> truncate(const Value& value, const Arguments& arguments) {
  const std::u16string units = text::to_utf16(value.shown());
  const Value& wanted = argument(arguments, 0);
  const double most = wanted.exists() ? wanted.to_number() : 255;
  if (!(most >= 0) || static_cast<double>(units.size()) <= most) return Value::of(value.shown());
  std::u16string_view cut(units.data(), static_cast<std::size_t>(most));
  if (!argument(arguments, 1).truthy()) {
    const std::size_t space = cut.rfind(u' ');
    if (space != std::u16string_view::npos && space > 0) cut = cut.substr(0, space);
  }
  const Value& end = argument(arguments, 2);
  return Value::of(text::from_utf16(cut) + (end.exists() ? end.shown() : "..."));
}

Result<Value> sort(const Value& value, const Arguments& arguments) {
  Value::Array out = value.array();
  std::ranges::stable_sort(out, [](const Value& a, const Value& b) {
    return a.is_number() && b.is_number() ? a.number() < b.number() : a.text() < b.text();
  });
  if (argument(arguments, 0).truthy()) std::ranges::reverse(out);
  return Value::of(std::move(out));
}

Result<Value> unique(const Value& value, const Arguments&) {
  Value::Array out;
  for (const Value& one : value.array()) {
    if (std::ranges::none_of(out, [&](const Value& o) { return strictly_equal(o, one); }))
      out.push_back(one);
  }
  return Value::of(std::move(out));
}

constexpr auto kFilters = std::to_array<std::pair<std::string_view, Filter>>({
    {"default", default_of},
    {"d", default_of},
    {"upper", [](const Value& v, const Arguments& a) { return method(v, "toUpperCase", a); }},
    {"lower", [](const Value& v, const Arguments& a) { return method(v, "toLowerCase", a); }},
    {"trim", [](const Value& v, const Arguments& a) { return method(v, "trim", a); }},
    {"replace", [](const Value& v, const Arguments& a) { return method(v, "replaceAll", a); }},
    {"split", [](const Value& v, const Arguments& a) { return method(v, "split", a); }},
    {"string", [](const Value& v, const Arguments&) -> Result<Value> { return Value::of(v.shown()); }},
    {"join", join},
    {"length", length_of},
    {"count", length_of},
    {"dump", dump},
    {"tojson", dump},
    {"load", [](const Value& v, const Arguments&) { return parse_json(v.shown()); }},
    {"first", [](const Value& v, const Arguments&) { return end_of(v, false); }},
    {"last", [](const Value& v, const Arguments&) { return end_of(v, true); }},
    {"capitalize", capitalize},
    {"title", title},
    {"round", round},
    {"abs", [](const Value& v, const Arguments&) -> Result<Value> { return Value::of(std::abs(v.to_number())); }},
    {"int", [](const Value& v, const Arguments&) -> Result<Value> { return Value::of(std::trunc(v.to_number())); }},
    {"float", [](const Value& v, const Arguments&) -> Result<Value> { return Value::of(v.to_number()); }},
    {"safe", [](const Value& v, const Arguments&) -> Result<Value> { return v; }},
    {"escape", escape},
    {"e", escape},
    {"truncate", truncate},
    {"sort", sort},
    {"unique", unique},
    {"reverse",
     [](const Value& v, const Arguments&) -> Result<Value> {
       if (v.is_array()) return call_method(v, "reverse", {});
       std::u16string units = text::to_utf16(v.shown());
       std::ranges::reverse(units);
       return Value::of(text::from_utf16(units));
     }},
});

}  // namespace

bool known_filter(std::string_view name) {
  return std::ranges::find(kFilters, name, &std::pair<std::string_view, Filter>::first) !=
         kFilters.end();
}

Result<Value> apply_filter(std::string_view name, const Value& value, const Arguments& arguments) {
  const auto found = std::ranges::find(kFilters, name, &std::pair<std::string_view, Filter>::first);
  return found->second(value, arguments);
}

}  // namespace maester::evals
