#include "gateway/guard/randomness.h"

#include <array>
#include <cmath>
#include <cstddef>

#include "gateway/guard/bytes.h"

namespace maester::gateway::guard {
namespace {

constexpr auto kPlaceholders = std::to_array<std::string_view>(
    {"your",        "example-",   "changeme", "change-me", "placeholder", "redacted", "password",
     "passwd",      "<",          "${",       "{{",        "$(",          "***",      "...",
     "process.env", "os.environ", "getenv",   "secrets.",  "vault:",      "env(",     "xxxx",
     "insert",      "dummy",      "none",     "null",      "undefined"});

std::size_t distinct(std::string_view text) {
  std::array<bool, 256> seen{};
  std::size_t n = 0;
  for (const char c : text) {
    bool& one = seen[static_cast<unsigned char>(c)];
    n += one ? 0 : 1;
    one = true;
  }
  return n;
}

}  // namespace

double entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<unsigned, 256> count{};
  for (const char c : text) ++count[static_cast<unsigned char>(c)];
  double bits = 0;
  const auto total = static_cast<double>(text.size());
  for (const unsigned n : count) {
    if (n > 0) bits -= n / total * std::log2(n / total);
  }
  return bits;
}

bool is_placeholder(std::string_view value) {
  if (value.empty() || value.front() == '$' || value.front() == '%') return true;
  if (distinct(value) < 5) return true;
  const std::string text = lower_ascii(value.substr(0, 128));
  for (const std::string_view word : kPlaceholders) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

bool looks_drawn(std::string_view text) {
  bool upper = false, lower = false, digit = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    upper = upper || is(byte, kUpper);
    lower = lower || is(byte, kLower);
    digit = digit || is(byte, kDigit);
  }
  return upper && lower && digit && entropy(text) >= (text.size() >= 32 ? 4.2 : 3.6);
}

}  // namespace maester::gateway::guard
