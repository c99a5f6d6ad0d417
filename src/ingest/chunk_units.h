// What a chunk is counted in: a text as a sequence of units, read once, front to back. Units are in
// order, do not overlap, begin and end at visible characters, and hold every one of those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "ingest/chunker.h"
#include "ingest/extraction.h"

namespace maester::ingest {

struct TextUnit {
  TextRange range;
  std::size_t weight = 1;
  bool row = false;  // of a table, or a part of one
};

// A word is a run of visible characters; each Chinese or Japanese character is a word of its own,
// and a run of more than kLongestWord bytes is several: no text can make an endless one.
inline constexpr std::size_t kLongestWord = 48;
inline constexpr std::size_t kLongestSentence = 4096;

class UnitReader {
 public:
  virtual ~UnitReader() = default;
  // False at the end.
  virtual bool next(TextUnit& unit) = 0;
};

// The next word of [at, end); false when only white space is left. Moves `at` behind it.
// REQUIRES: text is UTF-8, `at` and `end` are borders.
bool next_word(std::string_view text, std::size_t& at, std::size_t end, TextRange& word);

// For headings: words. REQUIRES: `document` outlives it; tables are in order.
std::unique_ptr<UnitReader> read_units(const Extraction& document, ChunkSettings::Unit unit,
                                       std::size_t size);

}  // namespace maester::ingest
