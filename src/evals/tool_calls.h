// Assertions about the tools that an output calls. Inside of assertions.
#pragma once

#include "evals/assertion.h"

namespace maester::evals {

Grading grade_tool_calls(const Assertion& assertion, const Value& output, const Graded& subject);

}  // namespace maester::evals
