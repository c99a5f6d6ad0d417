#include <algorithm>
#include <charconv>
#include <cmath>

#include "checks/check.h"
#include "checks/grader.h"

namespace maester::checks {

std::string_view to_string(OnFail action) {
  switch (action) {
    case OnFail::record:
      return "record";
    case OnFail::retry:
      return "retry";
    case OnFail::refuse:
      return "refuse";
    case OnFail::escalate:
      return "escalate";
  }
  return "record";
}

Grade CompiledCheck::grade(const Subject& subject) const {
  Verdict verdict = grader_->run(subject);
  Grade out;
  out.name = check_.name;
  out.type = (check_.inverse ? "not_" : "") + check_.type;
  out.on_fail = check_.on_fail;
  out.weight = check_.weight;
  out.error = verdict.error;
  out.reason = std::move(verdict.reason);
  if (verdict.error) return out;
  out.passed = verdict.passed != check_.inverse;
  out.score = check_.inverse ? 1 - verdict.score : verdict.score;
  if (check_.inverse) out.reason = "Not wanted: " + out.reason;
  if (check_.weight == 0) out.passed = true;  // measured only
  return out;
}

Evaluation evaluate(std::span<const CompiledCheck> checks, const Subject& subject) {
  Evaluation out;
  double sum = 0;
  double weights = 0;
  for (const CompiledCheck& check : checks) {
    Grade grade = check.grade(subject);
    out.passed = out.passed && grade.passed;
    sum += grade.score * grade.weight;
    weights += grade.weight;
    out.metrics.push_back(std::move(grade));
  }
  if (!checks.empty()) out.reliability_score = weights == 0 ? 0 : sum / weights;
  return out;
}

OnFail Evaluation::action() const {
  OnFail out = OnFail::record;
  for (const Grade& grade : metrics) {
    if (!grade.passed) out = std::max(out, grade.on_fail);
  }
  return out;
}

bool holds_back(std::span<const CompiledCheck> checks) {
  return std::ranges::any_of(
      checks, [](const CompiledCheck& check) { return check.check().on_fail != OnFail::record; });
}

std::string format_score(double score) {
  char digits[64];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof digits, score, std::chars_format::fixed, 4);
  std::string out(digits, end);
  while (out.ends_with('0') && !out.ends_with(".0")) out.pop_back();
  return out;
}

void append_evaluation(json::Writer& out, const Evaluation& evaluation) {
  out.begin_object().field("status", evaluation.status());
  out.raw_field("reliability_score", format_score(evaluation.reliability_score));
  out.key("metrics").begin_array();
  for (const Grade& grade : evaluation.metrics) {
    out.begin_object().field("name", grade.name).raw_field("score", format_score(grade.score));
    out.field("passed", grade.passed).key("reason");
    grade.passed ? out.null() : out.value(grade.reason);
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace maester::checks
