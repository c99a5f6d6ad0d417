#include "gateway/providers/common/surrogates.h"

#include <cstdint>

namespace maester::gateway::providers {

namespace {

// The value of "\uXXXX" at `at`, or -1.
int escape_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int value = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = text[i];
    int digit = 0;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if (c >= 'a' && c <= 'f')
      digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      digit = c - 'A' + 10;
    else
      return -1;
    value = value * 16 + digit;
  }
  return value;
}
bool is_high(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

}  // namespace

std::string mend_surrogates(std::string_view json, std::string& pending) {
  std::string out;
  out.reserve(json.size() + pending.size());
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '\\') {
      out += json[at++];
      continue;
    }
    const int unit = escape_at(json, at);
    if (unit < 0) {  // another escape: both its characters
      out += json.substr(at, 2);
      at += 2;
    } else if (is_high(unit) && is_low(escape_at(json, at + 6))) {
      out += json.substr(at, 12);
      at += 12;
    } else if (is_high(unit) && at + 6 < json.size() && json[at + 6] == '"') {
      pending = json.substr(at, 6);
      at += 6;
    } else if (is_low(unit) && !pending.empty() && !out.empty() && out.back() == '"') {
      out += pending;
      out += json.substr(at, 6);
      pending.clear();
      at += 6;
    } else {
      out += is_high(unit) || is_low(unit) ? std::string_view("\\ufffd") : json.substr(at, 6);
      at += 6;
    }
  }
  return out;
}

}  // namespace maester::gateway::providers
