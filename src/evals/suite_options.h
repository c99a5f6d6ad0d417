// `evaluateOptions` and `commandLineOptions` of a suite. Private to evals.
#pragma once

#include <string>
#include <string_view>

#include "evals/suite.h"

namespace maester::evals {

// What changes a run is done or refused by name; what changes only how it looks is passed over.
// REQUIRES: the suite's providers were read.
Status read_run_options(const Value& root, Suite& suite);

// An hour at most; 0 when absent.
Result<milliseconds> read_milliseconds(const Value& given, std::string_view name,
                                       const std::string& file);

}  // namespace maester::evals
