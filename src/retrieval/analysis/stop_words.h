// Words that say little in their language: what AnalysisSettings::stop_words leaves out.
#pragma once

#include <string_view>

namespace maester::retrieval {

// Whether `word` (folded, not stemmed) is one. False for every word of a language without a list.
bool is_stop_word(std::string_view language, std::string_view word);

}  // namespace maester::retrieval
