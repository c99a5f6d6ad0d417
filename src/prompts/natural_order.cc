#include "prompts/natural_order.h"

#include <cstddef>

namespace maester::prompts {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the run of digits at the front of `text`, leading zeros dropped.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

}  // namespace

std::strong_ordering natural_compare(std::string_view a, std::string_view b) {
  std::string_view x = a, y = b;
  while (!x.empty() && !y.empty()) {
    if (is_digit(x.front()) && is_digit(y.front())) {
      const std::string_view m = take_number(x), n = take_number(y);
      if (m.size() != n.size()) return m.size() <=> n.size();
      if (const auto order = m <=> n; order != 0) return order;
      continue;
    }
    const auto left = static_cast<unsigned char>(x.front());
    const auto right = static_cast<unsigned char>(y.front());
    if (left != right) return left <=> right;
    x.remove_prefix(1);
    y.remove_prefix(1);
  }
  if (const auto order = x.size() <=> y.size(); order != 0) return order;
  return a <=> b;
}

std::optional<std::int64_t> version_number(std::string_view version) {
  if (version.size() < 2 || version.size() > 10 || version[0] != 'v' || version[1] == '0') {
    return std::nullopt;
  }
  std::int64_t number = 0;
  for (const char c : version.substr(1)) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace maester::prompts
