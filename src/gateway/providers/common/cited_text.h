// The text of a stream so far, for citations that point into it by characters. A long answer's is
// let go of: a stream must not hold its whole text a second time, and its citations then say
// which page, not which part.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/chat.h"

namespace maester::gateway::providers {

class CitedText {
 public:
  void append(std::string_view text) {
    if (lost_) return;
    if (text.size() > kMost - text_.size()) {
      lost_ = true;
      text_ = std::string();
    } else {
      text_ += text;
    }
  }
  std::size_t size() const { return text_.size(); }
  std::string_view from(std::size_t begin) const {
    return begin <= text_.size() ? std::string_view(text_).substr(begin) : std::string_view();
  }
  // Takes the offsets out of a citation that was read against a text that is gone.
  void check(Citation& citation) const {
    if (lost_) citation.start = citation.end = 0;
  }

 private:
  static constexpr std::size_t kMost = 64u << 10;
  std::string text_;
  bool lost_ = false;
};

}  // namespace maester::gateway::providers
