// Classes of bytes for the scanners. Bytes of a multi-byte UTF-8 sequence count as letters: a word
// does not end at an umlaut.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace maester::gateway::guard {

enum ByteClass : std::uint8_t {
  kDigit = 1,
  kUpper = 2,
  kLower = 4,
  kHigh = 8,  // >= 0x80
  kHex = 16,
  kLocal = 32,  // of an e-mail address before its @
  kToken = 64,  // of a key: letters, digits, - and _
  kSpace = 128,
};

inline constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    std::uint8_t bits = 0;
    const auto in = [&](std::string_view set) {
      return set.find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (c >= '0' && c <= '9') bits |= kDigit | kHex | kLocal | kToken;
    if (c >= 'A' && c <= 'Z') bits |= kUpper | kLocal | kToken;
    if (c >= 'a' && c <= 'z') bits |= kLower | kLocal | kToken;
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHex;
    if (c >= 0x80) bits |= kHigh;
    if (c < 0x80 && c != 0 && in("._%+-'")) bits |= kLocal;
    if (c == '-' || c == '_') bits |= kToken;
    if (c == ' ' || (c >= '\t' && c <= '\r')) bits |= kSpace;
    out[c] = bits;
  }
  return out;
}();

// `byte` may be -1, which is in no class.
inline bool is(int byte, unsigned classes) {
  return byte >= 0 && (kClasses[static_cast<std::size_t>(byte)] & classes) != 0;
}
inline bool is_digit(int byte) {
  return byte >= '0' && byte <= '9';
}
inline bool is_alpha(int byte) {
  return is(byte, kUpper | kLower);
}
inline bool is_alnum(int byte) {
  return is(byte, kUpper | kLower | kDigit);
}
// Part of a word in any script.
inline bool is_word(int byte) {
  return is(byte, kUpper | kLower | kDigit | kHigh) || byte == '_';
}
inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace maester::gateway::guard
