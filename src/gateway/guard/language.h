// The language of a text, by its script and its commonest words. Pure, linear.
//
// Own small tables: enough to tell the languages below apart in texts of a few words; not for
// dialects or single names.
#pragma once

#include <span>
#include <string_view>

namespace maester::gateway::guard {

struct Language {
  std::string_view code;  // ISO 639-1, "" = cannot tell (too short, or no words)
  double share = 0;       // of the words that speak for it, 0 ... 1
};

Language detect_language(std::string_view text);

std::span<const std::string_view> known_languages();

}  // namespace maester::gateway::guard
