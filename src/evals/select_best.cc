// select-best: one question to a grader about all outputs of a test.
#include "evals/assertion_model.h"
#include "evals/grader_replies.h"

namespace maester::evals {

Status judge_select_best(const Assertion& assertion, std::size_t index,
                         std::span<Grading* const> rows, std::span<const Value* const> outputs,
                         const Graded& subject) {
  if (subject.graders == nullptr)
    return fail(Code::invalid_request, "select-best is graded by a model, and none may be asked");
  TRY_ASSIGN(const Value criteria, rendered_value(assertion.value, subject.vars));
  if (!criteria.is_string() || criteria.string().empty())
    return fail(Code::invalid_request, "select-best needs criteria as its `value`");
  Value words = Value::object();
  words.set("criteria", criteria);
  Value list = Value::of(Value::Array{});
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == nullptr) continue;
    list.push(Value::of(output_text(*outputs[i])));
    columns.push_back(i);
  }
  Value data = Value::object();
  data.set("outputs", std::move(list));
  const GradingQuestion question{"select-best", std::move(data), std::move(words)};
  TRY_ASSIGN(const Value messages, grading_messages(question, assertion.grader->rubric_prompt,
                                                    subject.vars, *subject.graders));
  std::size_t chosen = 0;
  GradeSpend own;
  auto asked = subject.graders->ask(
      assertion.grader->text, messages,
      [&](const std::string& text) -> Result<Value> {
        TRY_ASSIGN(chosen, read_choice(text, columns.size()));
        return Value();
      },
      subject.spend != nullptr ? *subject.spend : own);
  if (!asked) return fail(asked.error().code, "select-best: " + asked.error().message);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == nullptr) continue;
    Grading& mine = rows[i]->parts[index];
    const bool won = (i == columns[chosen]) != assertion.inverse;
    mine.pass = won || assertion.weight == 0;
    mine.score = won ? 1 : 0;
    mine.later = false;
    mine.reason = (i == columns[chosen] ? "Chosen as the best: " : "Another output was chosen: ") +
                  criteria.string();
  }
  return {};
}

}  // namespace maester::evals
