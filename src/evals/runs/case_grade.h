// Judging one answer: assertions of the run and of the case -> CaseResult.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evals/assertion.h"
#include "evals/datasets/dataset.h"
#include "evals/runs/case_ask.h"
#include "evals/runs/results.h"

namespace maester::evals {

struct GradeContext {
  const std::vector<Assertion>& of_run;
  std::optional<double> threshold;  // of the run; a case's own counts first
  std::string prompt;               // as it was rendered
  Graders* graders = nullptr;       // null: what a model grades is an error
};

// Never a pass without a grade: a case for which nothing says what is right is an error
// (grader_error). Blocking when a model grades.
CaseResult judge_case(const Case& one, std::int64_t repeat, const CaseAnswer& answer,
                      const GradeContext& context);
// The same for a case that could not be asked.
CaseResult failed_case(const Case& one, std::int64_t repeat, std::string_view failure,
                       std::string reason);

}  // namespace maester::evals
