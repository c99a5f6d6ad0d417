// What graders are asked: the suite's `rubricPrompt`, else the registry's prompt
// `maester.graders.KIND`, else our own text. Private to evals.
//
// Values are data: a template puts them in once and nothing in them is rendered. In our own and the
// registry's prompts each value that came from outside stands between lines with a code made of
// its content, so that it cannot pretend to end; a `rubricPrompt` puts it where its author wrote
// it.
#pragma once

#include <string>
#include <string_view>

#include "evals/graders.h"
#include "evals/value.h"

namespace maester::evals {

// The kinds: llm-rubric, model-graded-closedqa, factuality, g-eval-steps, g-eval,
// answer-relevance, context-recall, context-relevance, context-faithfulness,
// context-faithfulness-verdicts, conversation-relevance, classifier, moderation, select-best.
struct GradingQuestion {
  std::string_view kind;
  Value data;    // from outside: outputs, contexts, questions
  Value author;  // the suite's own words: rubric, criteria
};

// [{role, content}]. `rubric_prompt` may be undefined; `vars` are seen by it, too. Fails with
// Code::invalid_request for a prompt that cannot be rendered.
Result<Value> grading_messages(const GradingQuestion& question, const Value& rubric_prompt,
                               const Value& vars, Graders& graders);

// "<<<BEGIN output 1f2e3d4c5b6a>>>" text "<<<END output 1f2e3d4c5b6a>>>"
std::string fenced(std::string_view name, std::string_view text);

// Our own text for a kind: {system, user}. REQUIRES: a kind of the list above.
struct BuiltInPrompt {
  std::string_view kind, system, user;
};
const BuiltInPrompt& built_in_prompt(std::string_view kind);

}  // namespace maester::evals
