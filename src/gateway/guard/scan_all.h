// All that a scanner finds in a whole text.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

inline std::vector<Match> scan_all(const Scanner& scanner, std::string_view text) {
  std::vector<Match> out;
  for (std::size_t at = 0; at < text.size();) {
    const Step step = scanner.next(text, at, true);
    if (!step.match) break;
    out.push_back(*step.match);
    at = step.resume;
  }
  return out;
}

}  // namespace maester::gateway::guard
