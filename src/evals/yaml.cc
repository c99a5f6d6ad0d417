#include "evals/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/utf8.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxDepth = 60;
constexpr std::size_t kMaxValues = 1'000'000;

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {1, 1};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

// Whole numbers in other bases, which from_chars for doubles does not read.
bool read_based(std::string_view text, double& out) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0) return false;
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data() + 2, text.data() + text.size(), number, base);
  out = static_cast<double>(number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_number(std::string_view text, double& out) {
  if (read_based(text, out)) return true;
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits == ".inf" || digits == ".Inf" || digits == ".INF") {
    out = negative ? -HUGE_VAL : HUGE_VAL;
    return true;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    out = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (digits.find_first_of("0123456789") == std::string_view::npos ||
      digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos || digits[0] == 'e' ||
      digits[0] == 'E' || digits[0] == '-' || digits[0] == '+') {
    return false;
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (negative) out = -out;
  return error == std::errc{} && end == digits.data() + digits.size();
}

// A scalar without quotes, as YAML 1.2's core schema reads it.
Value plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return Value::null();
  if (text == "true" || text == "True" || text == "TRUE") return Value::of(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value::of(false);
  double number = 0;
  if (read_number(text, number)) return Value::of(number);
  return Value::of(text);
}

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Result<Value> read(const YAML::Node& node, std::size_t depth) {
    const Place place = place_of(node.Mark());
    if (depth > kMaxDepth) return fault(file_, place, "is nested deeper than 60");
    if (++count_ > kMaxValues)
      return fault(file_, place, "the file has more than a million values (aliases count)");
    TRY_ASSIGN(Value out, read_kind(node, depth));
    out.place = place;
    return out;
  }

 private:
  Result<Value> read_kind(const YAML::Node& node, std::size_t depth) {
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Value::null();
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence: {
        Value::Array out;
        for (const YAML::Node& one : node) {
          TRY_ASSIGN(Value value, read(one, depth + 1));
          out.push_back(std::move(value));
        }
        return Value::of(std::move(out));
      }
      case YAML::NodeType::Map:
        return mapping(node, depth);
    }
    return Value::null();
  }

  static Result<Value> scalar(const YAML::Node& node) {
    const std::string& tag = node.Tag();
    if (tag == "?" || tag.empty()) return plain_scalar(node.Scalar());
    return Value::of(node.Scalar());
  }

  Result<Value> mapping(const YAML::Node& node, std::size_t depth) {
    Value out = Value::object();
    Value merged = Value::object();
    for (const auto& pair : node) {
      const Place place = place_of(pair.first.Mark());
      if (!pair.first.IsScalar() && !pair.first.IsNull())
        return fault(file_, place, "a key must be a text");
      const std::string key = pair.first.IsNull() ? "null" : pair.first.Scalar();
      TRY_ASSIGN(Value value, read(pair.second, depth + 1));
      if (key == "<<") {
        TRY(merge(merged, value, place));
        continue;
      }
      if (out.get(key).exists()) return fault(file_, place, "the key `" + key + "` stands twice");
      if (value.place.line == 0) value.place = place;
      out.set(key, std::move(value));
    }
    for (const Member& one : merged.members()) {
      if (!out.get(one.key).exists()) out.set(one.key, one.value);
    }
    return out;
  }

  Status merge(Value& into, const Value& from, Place place) const {
    if (from.is_array()) {
      for (const Value& one : from.array()) TRY(merge(into, one, place));
      return {};
    }
    if (!from.is_object()) return fault(file_, place, "`<<` must name a mapping");
    for (const Member& one : from.members()) {
      if (!into.get(one.key).exists()) into.set(one.key, one.value);
    }
    return {};
  }

  std::string_view file_;
  std::size_t count_ = 0;
};

}  // namespace

std::string at(std::string_view file, Place place, std::string_view message) {
  std::string out(file);
  if (place.line != 0) out += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  return out + ": " + std::string(message);
}

std::unexpected<Error> fault(std::string_view file, Place place, std::string_view message) {
  return fail(Code::invalid_request, at(file, place, message));
}

Result<Value> parse_yaml(const std::string& text, std::string_view file) {
  if (!utf8::valid(text)) return fault(file, {1, 1}, "is not valid UTF-8");
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return fault(file, {1, 1}, "is empty");
    if (documents.size() > 1)
      return fault(file, place_of(documents[1].Mark()), "has more than one YAML document");
    return Reader(file).read(documents[0], 0);
  } catch (const YAML::Exception& error) {
    return fault(file, place_of(error.mark), error.msg);
  }
}

}  // namespace maester::evals
