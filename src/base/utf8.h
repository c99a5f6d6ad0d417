// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace maester::utf8 {

struct Decoded {
  char32_t code_point = 0;
  std::size_t length = 0;  // bytes taken; 0 = ill-formed here
};

// The code point that starts at `at`. REQUIRES: at < text.size()
Decoded decode(std::string_view text, std::size_t at);
void append(std::string& out, char32_t code_point);

bool valid(std::string_view text);
// Code points of a valid text (bytes that do not continue a sequence).
std::size_t length(std::string_view text);
// The longest prefix with at most `count` code points.
std::string_view prefix(std::string_view text, std::size_t count);
// At most max_bytes of it, cut at a code point's border.
std::string_view truncate(std::string_view text, std::size_t max_bytes);

}  // namespace maester::utf8
