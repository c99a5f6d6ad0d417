// Words of a text as Unicode finds them (UAX #29, ICU's rules), folded for comparison (NFKC with
// case folding). ASCII takes a path of its own that gives the same words many times faster.
//
// Han, Hiragana, Katakana and Hangul are given as overlapping pairs of characters: unlike words
// from a dictionary, pairs do not depend on what stands around them, so what a query has in common
// with a text is always found. Thai, Lao, Khmer and Burmese are cut by ICU's dictionaries.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace maester::retrieval {

inline constexpr std::size_t kLongestWord = 64;  // bytes; what is longer is cut there

// Not thread-safe. Ill-formed UTF-8 is read as U+FFFD, which is no word.
class WordBreaker {
 public:
  // Called for each word in order; the view is valid during the call, at most kLongestWord bytes,
  // and holds a letter or digit.
  using Sink = std::function<void(std::string_view)>;

  WordBreaker();
  ~WordBreaker();
  WordBreaker(WordBreaker&&) noexcept;
  WordBreaker& operator=(WordBreaker&&) noexcept;

  void words(std::string_view text, const Sink& sink);
  // The same without the path for ASCII: what that is tested against.
  void words_by_icu(std::string_view text, const Sink& sink);

 private:
  struct Icu;
  Icu& icu();
  std::unique_ptr<Icu> icu_;  // opened at the first word that needs it
};

}  // namespace maester::retrieval
