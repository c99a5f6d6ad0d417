// The real children, for tests.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "ingest/child_extractor.h"

namespace maester::extract {

inline ingest::ChildExtractor& children() {
  static const SystemClock clock;
  static ingest::ChildExtractor extractor({.directory = MAESTER_CHILD_DIR}, clock);
  return extractor;
}

inline Result<ingest::Extraction> extract(std::string_view bytes, std::string name,
                                          std::string type = {}) {
  return children().extract({bytes, std::move(name), std::move(type)});
}

// Every run of white space as one space.
inline std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool white = c == ' ' || c == '\n' || c == '\t';
    if (!white)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

}  // namespace maester::extract
