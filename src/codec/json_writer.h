// Writing JSON into a string, forward only. The writer puts commas and escapes; the caller keeps
// begin and end paired (asserted), at most 63 deep. No allocation but the target's growth. Strings
// that are not UTF-8 are written with U+FFFD.
//
//   std::string out;
//   json::Writer w(out);
//   w.begin_object().field("model", model).field("n",
//   3).key("usage").begin_object().end_object().end_object();
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/money.h"

namespace maester::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  // A name that the program spells out needs no look for what must be escaped: it holds none.
  template <std::size_t N>
  Writer& key(const char (&literal)[N]) {
    return plain_key(literal, N - 1);
  }

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(const std::string& text) { return value(std::string_view(text)); }
  Writer& value(bool flag);
  Writer& value(
      double number);  // shortest text that reads back the same; NaN and infinities become null
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Writer& value(T number) {
    if constexpr (std::signed_integral<T>)
      return integer(static_cast<std::int64_t>(number));
    else
      return unsigned_integer(static_cast<std::uint64_t>(number));
  }
  Writer& value(FemtoUsd amount);  // an exact decimal in quotes: "0.0000928"
  Writer& null();
  Writer& raw(std::string_view json);  // trusted JSON, as it is

  template <class T>
  Writer& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  template <std::size_t N, class T>
  Writer& field(const char (&literal)[N], const T& v) {
    return key(literal).value(v);
  }
  Writer& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }
  template <std::size_t N>
  Writer& raw_field(const char (&literal)[N], std::string_view json) {
    return key(literal).raw(json);
  }
  // Only when not empty.
  Writer& optional_field(std::string_view name, std::string_view text) {
    return text.empty() ? *this : field(name, text);
  }
  template <std::size_t N>
  Writer& optional_field(const char (&literal)[N], std::string_view text) {
    return text.empty() ? *this : key(literal).value(text);
  }

 private:
  static constexpr std::uint32_t kMaxDepth = 63;
  Writer& begin(char bracket);
  Writer& end(char bracket);
  Writer& plain_key(const char* name, std::size_t size);
  Writer& integer(std::int64_t number);
  Writer& unsigned_integer(std::uint64_t number);
  void separate();
  std::string& out_;
  std::uint64_t first_ = 1;  // a bit per depth: nothing written there yet
  std::uint32_t depth_ = 0;
  bool after_key_ = false;
};

}  // namespace maester::json
