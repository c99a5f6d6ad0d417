// The way to the graders by type, and what they share.
#include "evals/assertion_model.h"

#include <limits>

namespace maester::evals {
namespace {

ModelGrader grader_of(std::string_view type) {
  for (const auto find : {rubric_grader, context_grader, similarity_grader, label_grader}) {
    if (const ModelGrader grader = find(type); grader != nullptr) return grader;
  }
  return nullptr;
}

Grading not_graded(std::string reason) {
  Grading out;
  out.reason = std::move(reason);
  out.error = true;
  return out;
}

}  // namespace

Result<Value> ModelGrading::ask(const GradingQuestion& question, const Value& rubric_prompt,
                                const Graders::Reader& read, std::size_t sample) const {
  TRY_ASSIGN(const Value messages,
             grading_messages(question, rubric_prompt, subject.vars, graders));
  return graders.ask(assertion.grader->text, messages, read, spend, sample);
}

Grading by_verdict(const Assertion& assertion, bool pass, double score, std::string reason) {
  Grading out;
  out.pass = pass != assertion.inverse;
  out.score = assertion.inverse ? 1 - score : score;
  out.reason = std::move(reason);
  return out;
}

Grading by_score(const Assertion& assertion, double score, double threshold, std::string reason) {
  const bool pass = score >= threshold - std::numeric_limits<double>::epsilon();
  return by_verdict(assertion, pass, score, std::move(reason));
}

bool graded_by_model(std::string_view type) {
  return grader_of(type) != nullptr;
}

Grading grade_by_model(const Assertion& assertion, const Value& output, const Graded& subject) {
  if (subject.graders == nullptr)
    return not_graded("`" + assertion.written + "` is graded by a model, and none may be asked");
  auto value = rendered_value(assertion.value, subject.vars);
  if (!value) return not_graded(value.error().message);
  GradeSpend own;
  GradeSpend& spend = subject.spend != nullptr ? *subject.spend : own;
  const std::string text = output_text(output);
  const ModelGrading grading{assertion, *value, text, subject, *subject.graders, spend};
  auto graded = grader_of(assertion.type)(grading);
  if (graded) return std::move(*graded);
  return not_graded(assertion.written + ": " + graded.error().message);
}

}  // namespace maester::evals
