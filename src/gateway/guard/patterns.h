// Regular expressions of the operator's as a scanner. Linear (RE2); needs the whole text, because a
// match may be as long as the text: REQUIRES final in next().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

// Findings are of kind "pattern-1", "pattern-2", ... Code::invalid_request, `param` =
// "patterns[0]", for an expression that RE2 cannot run or that matches the empty text.
Result<std::unique_ptr<Scanner>> make_pattern_scanner(const std::vector<std::string>& patterns);

}  // namespace maester::gateway::guard
