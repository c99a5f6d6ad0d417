// How rare a word is in English: the nearest thing to an index's own statistics that an embedder
// can know, which sees one text at a time. Thread-safe; the table is read at the first question.
#pragma once

#include <string_view>

namespace maester::retrieval {

// -ln of its share of all words, in half steps from 3 ("the") to 14; kRarest for a word that is not
// among the 30,000 most frequent. `word` is folded.
float word_rarity(std::string_view word);

inline constexpr float kRarest = 16;

}  // namespace maester::retrieval
