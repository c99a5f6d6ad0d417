// The header fields that decide framing and connection, found by one look at each name.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/http.h"
#include "wire/http_chars.h"

namespace maester::wire {

enum class SpecialField : std::uint8_t {
  none,
  host,
  content_length,
  transfer_encoding,
  connection,
  expect
};

inline SpecialField special_field(std::string_view name) {
  const auto is = [name](std::string_view other, SpecialField field) {
    return equals_ignore_case(name, other) ? field : SpecialField::none;
  };
  switch (name.size()) {
    case 4:
      return is("host", SpecialField::host);
    case 6:
      return is("expect", SpecialField::expect);
    case 10:
      return is("connection", SpecialField::connection);
    case 14:
      return is("content-length", SpecialField::content_length);
    case 17:
      return is("transfer-encoding", SpecialField::transfer_encoding);
    default:
      return SpecialField::none;
  }
}

// Digits only, at most 18, without leading zeros (some readers take them for octal).
inline bool parse_content_length(std::string_view value, std::uint64_t& out) {
  if (value.empty() || value.size() > 18 || (value.size() > 1 && value.front() == '0'))
    return false;
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!is_digit(c)) return false;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  out = length;
  return true;
}

// Whether a comma-separated list of tokens holds one, ignoring case.
inline bool list_has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equals_ignore_case(trim_ows(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace maester::wire
