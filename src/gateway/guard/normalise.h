// A text as its reader means it, in words: what is invisible left out, look-alike and full-width
// letters, accents and letter case folded. For heuristics that ask what a text says; no offsets are
// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace maester::gateway::guard {

// What stood out while it was read.
struct Oddities {
  std::size_t invisible = 0;      // zero-width and direction marks between letters
  std::size_t tags = 0;           // U+E0000 ... E007F: text that no one sees
  std::size_t mixed_scripts = 0;  // words of Latin and look-alike letters
};

// One word, or one character of a script without spaces between words.
struct Word {
  std::string folded;     // lower-case, accents gone
  std::string lookalike;  // folded, with look-alikes of other scripts and digits as Latin; "" when
                          // that is the same
  bool capitals = false;  // two letters or more, all capital
  bool ideographic = false;
  std::size_t offset = 0;  // where it begins in the text
};

// Reads word by word. `text` outlives it.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}
  bool next(Word& out);  // false at the end
  const Oddities& oddities() const { return oddities_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Oddities oddities_;
};

}  // namespace maester::gateway::guard
