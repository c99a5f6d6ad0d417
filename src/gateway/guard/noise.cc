#include "gateway/guard/noise.h"

#include <algorithm>
#include <cstddef>

#include "gateway/guard/bytes.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kTail = 400;  // bytes of the end that are looked at

bool lone_sign(std::string_view token) {
  // Lists, tables and quotations have these.
  return token.size() == 1 && !is_alnum(static_cast<unsigned char>(token[0])) && token != "-" &&
         token != "|" && token != "*" && token != "=" && token != "+" && token != ">" &&
         token != "/" && token != "&" && token != "#" &&
         static_cast<unsigned char>(token[0]) < 0x80;
}

// "UkrainBrainziencyMAPibus": letter cases that no word and no identifier has.
bool torn_word(std::string_view token) {
  if (token.size() < 12) return false;
  std::size_t turns = 0, capitals_in_row = 0, longest = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const int byte = static_cast<unsigned char>(token[i]);
    if (!is_alpha(byte)) return false;
    const bool upper = is(byte, kUpper);
    if (upper && i > 0) ++turns;
    capitals_in_row = upper ? capitals_in_row + 1 : 0;
    longest = std::max(longest, capitals_in_row);
  }
  return turns >= 3 && longest >= 3;
}

}  // namespace

bool is_noise(std::string_view text) {
  if (text.size() > kTail) text.remove_prefix(text.size() - kTail);
  std::size_t tokens = 0, signs = 0, torn = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && is(static_cast<unsigned char>(text[at]), kSpace)) ++at;
    std::size_t end = at;
    while (end < text.size() && !is(static_cast<unsigned char>(text[end]), kSpace)) ++end;
    if (end == at) break;
    ++tokens;
    signs += lone_sign(text.substr(at, end - at));
    torn += torn_word(text.substr(at, end - at));
    at = end;
  }
  return signs >= 4 && (signs * 4 >= tokens || (torn >= 1 && signs * 6 >= tokens));
}

}  // namespace maester::gateway::guard
