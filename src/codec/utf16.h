// UTF-16 code units, in which JavaScript counts: an emoji is two.
#pragma once

#include <string>
#include <string_view>

namespace maester::text {

// Ill-formed parts become U+FFFD.
std::u16string to_utf16(std::string_view utf8);
// A half of a surrogate pair becomes U+FFFD.
std::string from_utf16(std::u16string_view units);

}  // namespace maester::text
