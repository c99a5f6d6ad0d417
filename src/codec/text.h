// Unicode text: letter case and white space, as ICU knows them. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace maester::text {

// Full lower-case mapping without a locale (what JavaScript's toLowerCase does). REQUIRES: UTF-8;
// ill-formed parts become U+FFFD.
std::string to_lower(std::string_view text);
// The same upwards (toUpperCase): "ß" becomes "SS".
std::string to_upper(std::string_view text);
// Words between white space, as JavaScript's `\s` has it.
std::size_t count_words(std::string_view text);
// Whether `needle` stands in `text`; in time linear in both.
bool contains(std::string_view text, std::string_view needle);

}  // namespace maester::text
