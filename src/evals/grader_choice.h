// Who grades, as suites write it. Private to evals.
#pragma once

#include <memory>
#include <string_view>

#include "evals/assertion.h"

namespace maester::evals {

// `provider`, `rubricPrompt` and `factuality` of the assertion over those of the test's options:
//
//   provider: maester:gpt-4.1                                     grades texts
//   provider: {id: maester:gpt-4.1, config: {temperature: 0.2}}
//   provider: {text: ..., embedding: ..., classification: ..., moderation: ...}
//
// A single id of an assertion that needs vectors is the model for these. Fails with file, line and
// column: a provider that is none of Maester's, a prompt that is no template, a file that is not
// there.
Result<std::shared_ptr<const GraderChoice>> read_grader_choice(const Value& assertion,
                                                               std::string_view type,
                                                               const AssertionContext& context);

}  // namespace maester::evals
