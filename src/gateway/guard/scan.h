// Scanning a text for things that stand in it, so that the answer does not depend on how the text
// arrived: whole, or as a stream cut anywhere.
//
// A matcher looks at bytes through a Source. Asking for a byte past the end of a text that is not
// `final` marks the source as starved: what the matcher then says is void, and the place is looked
// at again when more has arrived. So a verdict is only ever taken from bytes that are there, and is
// the same for every cut by construction (stream_window_test.cc cuts everywhere).
//
// Linear: a matcher looks at most at kMaxMatch bytes forward and kLookBehind back, and starts only
// where its first byte and a word's border allow it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace maester::gateway::guard {

// What a matcher may look back upon; a stream's window keeps so much of what it has released.
inline constexpr std::size_t kLookBehind = 96;
// The longest match, and so the most that a stream can be held back by one place.
inline constexpr std::size_t kMaxMatch = 16 * 1024;

struct Match {
  std::size_t begin = 0, end = 0;  // bytes of the text
  std::string_view kind;           // a constant, or owned by the scanner: "email", "us-ssn", ...
  bool operator==(const Match&) const = default;
};

class Source {
 public:
  Source(std::string_view text, bool final) : text_(text), final_(final) {}
  // The byte at `at`, or -1 past the end.
  int at(std::size_t at) const {
    if (at < text_.size()) return static_cast<unsigned char>(text_[at]);
    if (!final_) starved_ = true;
    return -1;
  }
  // The byte before `at`, or -1 at the beginning.
  int before(std::size_t at) const {
    return at == 0 ? -1 : static_cast<unsigned char>(text_[at - 1]);
  }
  // At most kLookBehind bytes that end at `at`.
  std::string_view behind(std::size_t at) const {
    const std::size_t from = at > kLookBehind ? at - kLookBehind : 0;
    return text_.substr(from, at - from);
  }
  std::string_view text() const { return text_; }
  std::string_view slice(std::size_t from, std::size_t to) const {
    return text_.substr(from, to - from);
  }
  bool starved() const { return starved_; }
  void refresh() const { starved_ = false; }

 private:
  std::string_view text_;
  bool final_;
  mutable bool starved_ = false;
};

struct Step {
  std::optional<Match> match;
  // Where to look on: after the match; without one, everything before it is decided.
  std::size_t resume = 0;
};

// Immutable once made; may be used from several threads.
class Scanner {
 public:
  virtual ~Scanner() = default;
  // The first match that begins at or after `from`. With `final`, `text` is whole: without a match
  // resume = text.size(). REQUIRES: text before `from` is what stood there, up to kLookBehind.
  virtual Step next(std::string_view text, std::size_t from, bool final) const = 0;
};

}  // namespace maester::gateway::guard
