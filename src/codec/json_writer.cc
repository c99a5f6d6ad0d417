#include "codec/json_writer.h"

#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/extend.h"
#include "codec/json.h"

namespace maester::json {
namespace {

template <class T>
void append_number(std::string& out, T number) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

}  // namespace

// The comma before a member, an element or nothing. `first_` holds a bit for each open container
// and for the top level.
void Writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  const std::uint64_t bit = std::uint64_t{1} << depth_;
  if ((first_ & bit) == 0) out_ += ',';
  first_ &= ~bit;
}

Writer& Writer::begin(char bracket) {
  separate();
  out_ += bracket;
  assert(depth_ < kMaxDepth);
  ++depth_;
  first_ |= std::uint64_t{1} << depth_;
  return *this;
}

Writer& Writer::end(char bracket) {
  assert(depth_ > 0 && !after_key_);
  --depth_;
  out_ += bracket;
  return *this;
}

Writer& Writer::begin_object() {
  return begin('{');
}
Writer& Writer::end_object() {
  return end('}');
}
Writer& Writer::begin_array() {
  return begin('[');
}
Writer& Writer::end_array() {
  return end(']');
}

Writer& Writer::key(std::string_view name) {
  assert(!after_key_);
  separate();
  append_string(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::plain_key(const char* name, std::size_t size) {
  assert(!after_key_);
  const std::uint64_t bit = std::uint64_t{1} << depth_;
  const bool comma = (first_ & bit) == 0;
  first_ &= ~bit;
  after_key_ = true;
  char* at = extend(out_, size + 3 + (comma ? 1 : 0));
  if (comma) *at++ = ',';
  *at++ = '"';
  std::memcpy(at, name, size);
  at[size] = '"';
  at[size + 1] = ':';
  return *this;
}

Writer& Writer::value(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

Writer& Writer::value(bool flag) {
  return raw(flag ? "true" : "false");
}
Writer& Writer::null() {
  return raw("null");
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::value(FemtoUsd amount) {
  return value(std::string_view(amount.to_string()));
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::integer(std::int64_t number) {
  separate();
  append_number(out_, number);
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t number) {
  separate();
  append_number(out_, number);
  return *this;
}

}  // namespace maester::json
