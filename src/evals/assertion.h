// Assertions: what a test demands of an output. Read once, graded often.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "evals/expression.h"
#include "evals/graders.h"
#include "evals/provider.h"
#include "evals/value.h"

namespace maester::evals {

// What a suite asks for and this runner does not do. By default reading the suite fails; when told
// to go on, each row that needs it is an error (never a pass).
enum class Unsupported : std::uint8_t { refuse, error };

struct Assertion {
  enum class Kind : std::uint8_t {
    check,        // a grader of src/checks
    expression,   // `javascript` that is one expression
    measure,      // what only a provider can tell: log probabilities, guardrails
    tool_calls,   // tool-call-f1, is-valid-openai-tools-call
    max_score,    // judged when all columns of the test are there
    set,          // assert-set
    not_here,     // `problem` says why
    model,        // graded by a model: llm-rubric, similar, context-recall, ...
    select_best,  // the same, judged when all columns of the test are there
    retrieval     // how well the output, a ranking, finds what the value judges relevant
  };
  Kind kind = Kind::check;
  std::string written;  // "not-contains"
  std::string type;     // "contains"
  bool inverse = false;
  Value value;
  std::optional<double> threshold;
  double weight = 1;
  std::string metric;  // may be a template
  std::optional<Expression> transform, context_transform, expression;
  Value config;
  // Who grades; null for a kind that asks no model.
  std::shared_ptr<const GraderChoice> grader;
  std::vector<Assertion> parts;  // of a set
  std::string problem;
  Place place;
  // The grader when nothing in it is a template.
  std::shared_ptr<const checks::CompiledCheck> compiled;
};

struct AssertionContext {
  std::string file, folder;
  Unsupported unsupported = Unsupported::refuse;
  // What the test's options say of graders: {provider, rubricPrompt, factuality}. May be null.
  const Value* options = nullptr;
};

// An `assert` list; an undefined value gives none. Fails with file, line and column: an unknown
// type or member, a set inside of a set, a value file that is not there.
Result<std::vector<Assertion>> read_assertions(const Value& list, const AssertionContext& context);
// A cell of CSV (`contains:x`, `levenshtein(3):x`, a text alone = equals) as an assertion's value.
Value assertion_of_cell(std::string_view cell);
// Whether there is such a type at all.
bool known_type(std::string_view type);

// How one assertion, a set or a whole row came out.
struct Grading {
  bool pass = false;
  double score = 0;
  std::string reason;
  bool error = false;  // could not be graded: the row is an error
  std::string type, metric;
  double weight = 1;
  struct Named {
    std::string name;
    double score = 0, weight = 0;
  };
  std::vector<Named> named;
  std::vector<Grading> parts;  // of a set
  bool later = false;          // max-score: judged in the end
};

struct Graded {
  const Value& output;  // after the test's transforms
  const Answer& answer;
  const Value& vars;
  const std::string& prompt;
  const Value& provider_config;
  // Whom assertions that a model grades may ask; null: each of them is an error.
  Graders* graders = nullptr;
  GradeSpend* spend = nullptr;  // what grading this cost is added here; may be null
};

Grading grade(const Assertion& assertion, const Graded& subject);
// The assertions of a row: their gradings summed up.
Grading grade_all(const std::vector<Assertion>& assertions, std::optional<double> threshold,
                  const Graded& subject);
// The sum of what was graded: weighted mean, threshold, named scores.
Grading sum_up(std::vector<Grading> parts, std::optional<double> threshold);

// max-score over the columns of one test: `rows` has each column's grading, null for one that is
// an error. Replaces the grading that was left for later in each of them. Fails when there is no
// other score to compare.
Status judge_max_score(const Assertion& assertion, std::size_t index,
                       std::span<Grading* const> rows);

// select-best over the columns of one test, by one question to a grader. `outputs` beside `rows`,
// null for a column that is an error. Fails when it could not be judged: then each is an error.
Status judge_select_best(const Assertion& assertion, std::size_t index,
                         std::span<Grading* const> rows, std::span<const Value* const> outputs,
                         const Graded& subject);

// Texts and the texts of a list are templates; a mapping is data. Inside.
Result<Value> rendered_value(const Value& value, const Value& vars);
// The grader of a `check` assertion whose value has been rendered. Inside.
Result<checks::CompiledCheck> compile_check(const Assertion& assertion, Value value);

// The output as a text: itself, else its JSON.
std::string output_text(const Value& output);
// {output, context: {vars, prompt}}: what an expression sees.
Result<Value> run_transform(const Expression& transform, const Value& output, const Value& vars,
                            const std::string& prompt);

}  // namespace maester::evals
