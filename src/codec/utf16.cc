#include "codec/utf16.h"

#include <algorithm>

#include "base/utf8.h"

namespace maester::text {

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded one = utf8::decode(text, at);
    const char32_t c = one.length == 0 ? char32_t{0xfffd} : one.code_point;
    if (c >= 0x10000) {
      out += static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      out += static_cast<char16_t>(c);
    }
    at += std::max<std::size_t>(one.length, 1);
  }
  return out;
}

std::string from_utf16(std::u16string_view units) {
  std::string out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const char32_t unit = units[i];
    const bool high = unit >= 0xd800 && unit < 0xdc00;
    const bool paired =
        high && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000;
    if (paired) {
      utf8::append(out, 0x10000 + ((unit - 0xd800) << 10) + (units[++i] - char32_t{0xdc00}));
    } else {
      utf8::append(out, unit >= 0xd800 && unit < 0xe000 ? char32_t{0xfffd} : unit);
    }
  }
  return out;
}

}  // namespace maester::text
