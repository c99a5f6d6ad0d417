// Assertions that a model grades. Private to evals: assertion_grade.cc calls them.
#pragma once

#include <string>

#include "evals/assertion.h"
#include "evals/grading_prompts.h"

namespace maester::evals {

// One assertion on its way: what it demands, of which output, and whom it may ask.
struct ModelGrading {
  const Assertion& assertion;
  const Value& value;  // rendered
  const std::string& output;
  const Graded& subject;
  Graders& graders;
  GradeSpend& spend;

  double threshold(double otherwise) const { return assertion.threshold.value_or(otherwise); }
  // Puts one question to the text grader. `part` of a rubricPrompt that has several.
  Result<Value> ask(const GradingQuestion& question, const Value& rubric_prompt,
                    const Graders::Reader& read, std::size_t sample = 0) const;
  bool own_words() const { return assertion.grader->rubric_prompt.empty(); }
};

// A score that is at least the threshold passes; `not-` turns both round.
Grading by_score(const Assertion& assertion, double score, double threshold, std::string reason);
Grading by_verdict(const Assertion& assertion, bool pass, double score, std::string reason);

using ModelGrader = Result<Grading> (*)(const ModelGrading& grading);
// Null for a type that is not of the file's.
ModelGrader rubric_grader(std::string_view type);
ModelGrader context_grader(std::string_view type);
ModelGrader similarity_grader(std::string_view type);
ModelGrader label_grader(std::string_view type);

// Whether there is a grader for the type.
bool graded_by_model(std::string_view type);
Grading grade_by_model(const Assertion& assertion, const Value& output, const Graded& subject);

}  // namespace maester::evals
