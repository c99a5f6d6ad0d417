// Runs a suite: every test, every combination of its variables, every column of prompt and
// provider.
//
// Two passes: the first reads everything (each test, each assertion) and so finds every mistake
// before a model is asked; the second runs. Rows come out in order and are not kept, so a suite of
// any length needs little memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "evals/suite.h"

namespace maester::evals {

enum class Failure : std::uint8_t { none, assertion, error };

struct Row {
  std::size_t test_index = 0, prompt_index = 0;
  std::shared_ptr<const TestPlan> plan;
  Value vars;
  std::string prompt;  // as it was asked
  Answer answer;
  Value output;  // after transforms; undefined when there is none
  Grading grading;
  bool success = false;
  Failure failure = Failure::none;
  std::string error;  // of a row that is an error
  GradeSpend grading_spend;
};

// A prompt and a provider.
struct Column {
  const SuitePrompt* prompt = nullptr;
  const SuiteProvider* provider = nullptr;
  std::size_t passed = 0, failed = 0, errors = 0;
  std::size_t assertions_passed = 0, assertions_failed = 0;
  double score = 0, latency_ms = 0;
  FemtoUsd cost;  // of the answers; grading is counted apart
  GradeSpend grading;
  // Sums over rows: of score x weight, of the assertions that gave it, of their weights.
  struct Metric {
    double score = 0, count = 0, weight = 0;
  };
  std::map<std::string, Metric> named;
  std::map<std::string, double> derived;
  std::string name() const;  // "[echo] Hello {{name}}"
};

struct RunOptions {
  std::optional<std::size_t> repeat, max_concurrency;
  std::function<bool(const TestPlan&)> selected;  // none = all
  std::size_t first = 0;                          // at most so many tests, 0 = all
  // Of the cases, by test_index; the others keep their numbers. None = all.
  std::function<bool(std::size_t test_index)> case_selected;
  std::function<bool(const SuitePrompt&)> prompt_selected;
  std::function<bool(const SuiteProvider&)> provider_selected;
  Graders* graders = nullptr;  // null: a suite with assertions that a model grades is refused
};

// Takes the rows as they come.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status begin(const Suite& suite, const std::vector<Column>& columns) = 0;
  virtual Status row(const Row& row) = 0;
  virtual Status end(const std::vector<Column>& columns) = 0;
};

struct Outcome {
  std::size_t tests = 0, passed = 0, failed = 0, errors = 0;
  std::vector<Column> columns;
};

// A provider of this id; fails when there is none, saying what there is.
using ProviderFactory = std::function<Result<std::unique_ptr<EvalProvider>>(const SuiteProvider&)>;

// Fails before anything is asked: a malformed test anywhere, no test selected, a provider that is
// not there. The suite must outlive the outcome.
Result<Outcome> run_suite(const Suite& suite, const RunOptions& options,
                          const ProviderFactory& providers, std::span<RowSink* const> sinks);

}  // namespace maester::evals
