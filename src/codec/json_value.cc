#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "codec/decimal.h"
#include "codec/json.h"
#include "codec/json_tree.h"

namespace maester::json {

using detail::Node;
using detail::Tree;

namespace {

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::absent:
      return "nothing";
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::number:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "nothing";
}

// Under this many members, comparing every pair is faster than hashing.
constexpr std::size_t kFewMembers = 12;

}  // namespace

Kind Value::kind() const {
  return node_ == kNone ? Kind::absent : tree_->node(node_).kind;
}

Error Value::wrong_kind(std::string_view wanted) const {
  const std::string where = path();
  const std::string subject = where.empty() ? "The JSON value" : "`" + where + "`";
  if (!exists()) return make_error(Code::invalid_request, subject + " is required.", where);
  return make_error(Code::invalid_request,
                    subject + " must be " + std::string(wanted) + ", not " + name_of(kind()) + ".",
                    where);
}

Result<std::string_view> Value::as_string() const {
  if (!is_string()) return fail(wrong_kind("a string"));
  return tree_->string(node_);
}

Result<bool> Value::as_bool() const {
  if (!is_bool()) return fail(wrong_kind("a boolean"));
  return raw().front() == 't';
}

Result<std::int64_t> Value::as_int() const {
  if (!is_number()) return fail(wrong_kind("an integer"));
  const std::string_view text = raw();
  std::int64_t out = 0;
  if (tree_->node(node_).flag) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc()) return out;
  } else {
    const Decimal decimal = Decimal::parse(text);
    if (!decimal.is_integer()) {
      return fail(Code::invalid_request, "`" + path() + "` must be an integer, without a fraction.",
                  path());
    }
    if (const auto integer = decimal.to_int64()) return *integer;
  }
  return fail(Code::invalid_request, "`" + path() + "` is out of the range of 64-bit integers.",
              path());
}

Result<double> Value::as_double() const {
  if (!is_number()) return fail(wrong_kind("a number"));
  const std::string_view text = raw();
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc()) return out;
  if (Decimal::parse(text).magnitude() < 0) return 0.0;  // too small to be told from zero
  return fail(Code::invalid_request, "`" + path() + "` is out of the range of numbers.", path());
}

Result<std::string_view> Value::as_number_text() const {
  if (!is_number()) return fail(wrong_kind("a number"));
  return raw();
}

std::string_view Value::string_or(std::string_view fallback) const {
  return is_string() ? tree_->string(node_) : fallback;
}

std::int64_t Value::int_or(std::int64_t fallback) const {
  return is_number() ? as_int().value_or(fallback) : fallback;
}

bool Value::bool_or(bool fallback) const {
  return is_bool() ? raw().front() == 't' : fallback;
}

Value Value::get(std::string_view wanted) const {
  if (!exists()) return *this;  // keeps the name of what was missing first
  if (is_object()) {
    const std::uint32_t end = tree_->after(node_);
    for (std::uint32_t at = node_ + 1; at < end; at = tree_->after(at + 1)) {
      if (tree_->string(at) == wanted) return Value(tree_, at + 1, node_);
    }
  }
  Value missing(tree_, kNone, node_);
  missing.missing_ = wanted;
  return missing;
}

Value Value::at(std::size_t index) const {
  if (!exists()) return *this;
  if (is_array() && index < size()) {
    std::uint32_t node = node_ + 1;
    for (; index > 0; --index) node = tree_->after(node);
    return Value(tree_, node, node_);
  }
  return Value(tree_, kNone, node_);
}

std::size_t Value::size() const {
  return is_object() || is_array() ? tree_->node(node_).b : 0;
}

std::optional<std::string_view> Value::duplicate_key() const {
  if (!is_object()) return std::nullopt;
  if (size() <= kFewMembers) {
    for (Iterator a = begin(); a != end(); ++a) {
      for (Iterator b = begin(); b != a; ++b) {
        if ((*a).key() == (*b).key()) return (*a).key();
      }
    }
    return std::nullopt;
  }
  std::unordered_set<std::string_view> seen;
  for (const Value member : *this) {
    if (!seen.insert(member.key()).second) return member.key();
  }
  return std::nullopt;
}

std::string_view Value::raw() const {
  return exists() ? tree_->source().substr(begin_offset(), end_offset() - begin_offset())
                  : std::string_view();
}

std::size_t Value::begin_offset() const {
  return exists() ? tree_->node(node_).begin : 0;
}
std::size_t Value::end_offset() const {
  return exists() ? tree_->node(node_).end : 0;
}

bool Value::is_member() const {
  return exists() && parent_ != kNone && tree_->node(parent_).kind == Kind::object;
}

std::size_t Value::key_begin() const {
  return is_member() ? tree_->node(node_ - 1).begin : begin_offset();
}

std::string_view Value::key() const {
  return is_member() ? tree_->string(node_ - 1) : std::string_view();
}

// Descends from the root to the node: every step is the child whose descendants reach it.
std::string Value::path() const {
  if (tree_ == nullptr) return {};
  const std::uint32_t target = exists() ? node_ : parent_;
  std::string out;
  const auto append_key = [&out](std::string_view key) {
    if (!out.empty()) out += '.';
    out += key;
  };
  std::uint32_t at = 0;
  while (at != target) {
    const bool object = tree_->node(at).kind == Kind::object;
    std::size_t index = 0;
    std::uint32_t child = at + (object ? 2 : 1);
    for (; tree_->after(child) <= target; ++index) child = tree_->after(child) + (object ? 1 : 0);
    if (object) {
      append_key(tree_->string(child - 1));
    } else {
      out += '[' + std::to_string(index) + ']';
    }
    at = child;
  }
  if (exists()) return out;
  if (missing_.data() == nullptr) return out + "[]";
  append_key(missing_);
  return out;
}

Value::Iterator& Value::Iterator::operator++() {
  node_ = tree_->after(node_) + (tree_->node(parent_).kind == Kind::object ? 1 : 0);
  return *this;
}

Value::Iterator Value::Iterator::operator++(int) {
  Iterator before = *this;
  ++*this;
  return before;
}

// A member stands behind its key, hence the extra step in objects; an empty container gives begin()
// == end().
Value::Iterator Value::begin() const {
  if (!is_object() && !is_array()) return Iterator(tree_, 0, kNone);
  return Iterator(tree_, node_ + (is_object() ? 2 : 1), node_);
}

Value::Iterator Value::end() const {
  if (!is_object() && !is_array()) return Iterator(tree_, 0, kNone);
  return Iterator(tree_, tree_->after(node_) + (is_object() ? 1 : 0), node_);
}

}  // namespace maester::json
