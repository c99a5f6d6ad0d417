// Terms of a text: its words, without English possessives, without stop words when the settings say
// so, stemmed (Snowball). Documents and queries take the same way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/analysis/words.h"
#include "retrieval/index.h"

struct sb_stemmer;

namespace maester::retrieval {

// What the terms of equal settings depend on beside them; part of the manifest.
inline constexpr std::uint32_t kAnalysisVersion = 1;

// Not thread-safe: one for each thread, or made when needed (about a microsecond).
class Analyser {
 public:
  // Code::invalid_request for a language that Snowball does not know.
  static Result<Analyser> make(const AnalysisSettings& settings);

  // The words of a text, before term().
  void words(std::string_view text, const WordBreaker::Sink& sink) { breaker_.words(text, sink); }
  // The term that stands for a word; "" = none. Valid until the next call. Depends on nothing but
  // the word, so whoever meets a word again may keep what came of it.
  std::string_view term(std::string_view word);

  // All terms of a text in order.
  std::vector<std::string> terms(std::string_view text);

 private:
  struct Free {
    void operator()(sb_stemmer* stemmer) const;
  };
  AnalysisSettings settings_;
  bool english_ = false;
  WordBreaker breaker_;
  std::unique_ptr<sb_stemmer, Free> stemmer_;  // null = no stemming
};

}  // namespace maester::retrieval
