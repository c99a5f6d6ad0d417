#include "codec/schema_validator.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "codec/json_equal.h"

namespace maester::schema {
namespace {

constexpr std::size_t kMaxFailures = 20;
constexpr int kMaxDepth = 400;  // of schemas in schemas and instances together

constexpr std::pair<std::uint8_t, const char*> kTypeNames[] = {
    {kNullType, "null"},     {kBooleanType, "boolean"}, {kIntegerType, "integer"},
    {kNumberType, "number"}, {kStringType, "string"},   {kArrayType, "array"},
    {kObjectType, "object"},
};

std::string names_of(std::uint8_t types) {
  std::string out;
  for (const auto& [bit, name] : kTypeNames) {
    if ((types & bit) != 0) out += (out.empty() ? "" : " or ") + std::string(name);
  }
  return out;
}

bool has_type(const Value& value, std::uint8_t types) {
  switch (value.kind()) {
    case json::Kind::absent:
      return false;
    case json::Kind::null:
      return (types & kNullType) != 0;
    case json::Kind::boolean:
      return (types & kBooleanType) != 0;
    case json::Kind::number:
      if ((types & kNumberType) != 0) return true;
      return (types & kIntegerType) != 0 && Decimal::parse(value.raw()).is_integer();
    case json::Kind::string:
      return (types & kStringType) != 0;
    case json::Kind::array:
      return (types & kArrayType) != 0;
    case json::Kind::object:
      return (types & kObjectType) != 0;
  }
  return false;
}

std::string escape_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace

void Validator::run(const Value& instance) {
  result_.valid = check(compiled_.root, {instance, nullptr, nullptr}) && !exhausted_;
}

bool Validator::fail(const Subject& subject, std::string_view keyword, std::string message) {
  if (quiet_ > 0 || result_.failures.size() >= kMaxFailures) return false;
  std::string path;
  for (const Path* at = subject.path; at != nullptr; at = at->parent) {
    path = "/" + (at->is_member ? escape_token(at->value.key()) : std::to_string(at->index)) + path;
  }
  result_.failures.push_back({std::move(path), std::string(keyword), std::move(message)});
  return false;
}

// Every schema applied costs a step, and so do long values that are compared. Running out can never
// end in "valid".
bool Validator::spend(std::uint64_t steps, const Subject& subject) {
  if (exhausted_) return false;
  if (steps_left_ >= steps) {
    steps_left_ -= steps;
    return true;
  }
  exhausted_ = true;
  quiet_ = 0;
  return fail(subject, "", "takes more work to validate than is allowed");
}

bool Validator::check(int index, const Subject& subject) {
  if (!spend(1, subject)) return false;
  const Node& node = *compiled_.nodes[static_cast<std::size_t>(index)];
  if (node.verdict == Node::Verdict::always) return true;
  if (node.verdict == Node::Verdict::never) return fail(subject, "false", "must not be here");
  if (depth_ >= kMaxDepth) {
    exhausted_ = true;
    quiet_ = 0;
    return fail(subject, "$ref", "is nested too deeply for its schema, or the schema never ends");
  }
  ++depth_;
  const bool entered = scope_.empty() || scope_.back() != node.resource;
  if (entered) scope_.push_back(node.resource);
  const bool good = check_rules(node, subject);
  if (entered) scope_.pop_back();
  --depth_;
  return good;
}

bool Validator::check_rules(const Node& node, const Subject& caller) {
  const bool asks = node.unevaluated_items != kNoNode || node.unevaluated_properties != kNoNode;
  Evaluated own;
  if (asks || caller.evaluated != nullptr) own.resize(caller.value.size());
  const Subject subject{caller.value, caller.path, own.empty() ? nullptr : &own};
  bool good = check_value(node, subject);
  good &= check_reference(node, subject);
  good &= check_logic(node, subject);
  if (subject.value.is_number()) good &= check_number(node, subject);
  if (subject.value.is_string()) good &= check_string(node, subject);
  if (subject.value.is_array()) good &= check_array(node, subject);
  if (subject.value.is_object()) good &= check_object(node, subject);
  if (asks && good) good = check_unevaluated(node, subject);
  if (good && caller.evaluated != nullptr) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i]) (*caller.evaluated)[i] = true;
    }
  }
  return good;
}

bool Validator::check_value(const Node& node, const Subject& subject) {
  bool good = true;
  const Value& value = subject.value;
  if (node.format != nullptr) {
    if (!spend(1 + value.raw().size() / 32, subject)) return false;
    if (!node.format(value))
      good = fail(subject, "format", "must match format \"" + std::string(node.format_name) + "\"");
  }
  if (node.types != 0 && !has_type(value, node.types)) {
    good = fail(subject, "type", "must be " + names_of(node.types));
  }
  const std::uint64_t cost = 1 + value.raw().size() / 32;
  if (node.constant.exists()) {
    if (!spend(cost, subject)) return false;
    if (!json::equal(node.constant, value)) {
      good = fail(subject, "const",
                  "must be " + std::string(utf8::truncate(node.constant.raw(), 100)));
    }
  }
  if (node.has_enumeration) {
    if (!spend(cost * (node.enumeration.size() + 1), subject)) return false;
    const bool found = std::ranges::any_of(
        node.enumeration, [&](const Value& one) { return json::equal(one, value); });
    if (!found) good = fail(subject, "enum", "must be one of the allowed values");
  }
  return good;
}

bool Validator::check_number(const Node& node, const Subject& subject) {
  if (!node.multiple_of && !node.maximum && !node.exclusive_maximum && !node.minimum &&
      !node.exclusive_minimum) {
    return true;
  }
  const Decimal number = Decimal::parse(subject.value.raw());
  bool good = true;
  if (node.maximum && number > *node.maximum) {
    good = fail(subject, "maximum", "must be <= " + node.maximum->to_string());
  }
  if (node.exclusive_maximum && number >= *node.exclusive_maximum) {
    good = fail(subject, "exclusiveMaximum", "must be < " + node.exclusive_maximum->to_string());
  }
  if (node.minimum && number < *node.minimum) {
    good = fail(subject, "minimum", "must be >= " + node.minimum->to_string());
  }
  if (node.exclusive_minimum && number <= *node.exclusive_minimum) {
    good = fail(subject, "exclusiveMinimum", "must be > " + node.exclusive_minimum->to_string());
  }
  // Too far apart to divide counts as no multiple: refused rather than passed.
  if (node.multiple_of && !number.multiple_of(*node.multiple_of).value_or(false)) {
    good = fail(subject, "multipleOf", "must be a multiple of " + node.multiple_of->to_string());
  }
  return good;
}

bool Validator::check_string(const Node& node, const Subject& subject) {
  const std::string_view text = subject.value.string_or("");
  bool good = true;
  if (node.max_length || node.min_length) {
    const std::size_t length = utf8::length(text);
    if (node.max_length && length > *node.max_length) {
      good = fail(subject, "maxLength",
                  "must have at most " + std::to_string(*node.max_length) + " characters");
    }
    if (node.min_length && length < *node.min_length) {
      good = fail(subject, "minLength",
                  "must have at least " + std::to_string(*node.min_length) + " characters");
    }
  }
  if (node.pattern) {
    if (!spend(1 + text.size() / 32, subject)) return false;
    if (!node.pattern->matches(text)) good = fail(subject, "pattern", "must match its pattern");
  }
  return good;
}

bool Validator::quietly(int node, const Subject& subject) {
  ++quiet_;
  const bool good = check(node, subject);
  quiet_ = std::max(quiet_ - 1, 0);
  return good && !exhausted_;
}

bool Validator::check_part(int node, const Value& part, std::size_t index, const Subject& subject) {
  const Path path{subject.path, part, index, subject.value.is_object()};
  return check(node, {part, &path, nullptr});
}

}  // namespace maester::schema
