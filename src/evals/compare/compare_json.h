// A comparison as JSON (docs/reference/evals-compare.md). Pure.
#pragma once

#include <string>

#include "evals/compare/compare.h"

namespace maester::evals {

// At most `most_cases` of those that changed, in the order of their ids.
std::string comparison_json(const Comparison& comparison, const CompareOptions& options,
                            std::size_t most_cases);

}  // namespace maester::evals
