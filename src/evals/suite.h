// A suite as it was read: which prompts and providers, which tests from where. promptfoo's format
// (docs/reference/eval-suites.md). Reading fails closed: what is malformed, unknown or not there is
// an error with file, line and column, before anything runs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evals/assertion.h"
#include "evals/template.h"
#include "evals/value.h"

namespace maester::evals {

struct SuitePrompt {
  std::string raw, label;
  std::optional<Template> parsed;  // none for a prompt that is JSON: `json` holds it
  std::optional<Value> json;
};

struct SuiteProvider {
  std::string id, label;
  Value config;
  std::vector<std::string> prompts;  // labels; none = all
  std::optional<Expression> transform;
  milliseconds delay{0}, timeout{0};  // after each call; of each call, 0 = the provider's own
  Place place;
};

// Where tests stand: one in the suite, or a file of them.
struct TestSource {
  enum class Kind : std::uint8_t { inline_test, csv, json_lines };
  Kind kind = Kind::inline_test;
  Value test;
  std::string file;  // it was read from, for messages; the data file
  // The values of its variables are data, which is never rendered (docs/adr/0150).
  bool data = false;
};

struct Suite {
  std::string file, folder, description;
  std::vector<SuitePrompt> prompts;
  std::vector<SuiteProvider> providers;
  Value default_test;
  std::string default_file;
  std::vector<TestSource> sources;
  Value config;  // as it was written
  std::size_t repeat = 1, max_concurrency = 4;
  bool cache = true, serial = false;
  struct Derived {
    std::string name;
    Expression value;
  };
  std::vector<Derived> derived;
  Unsupported unsupported = Unsupported::refuse;
};

struct SuiteOptions {
  Unsupported unsupported = Unsupported::refuse;
  std::vector<std::string> tests;      // files that stand in for the suite's tests
  std::vector<std::string> providers;  // ids that stand in for the suite's
  std::string grader;                  // stands in for defaultTest.options.provider
};

// Blocking.
Result<Suite> read_suite(const std::string& path, const SuiteOptions& options);

// One test with the defaults put under it, ready to be made into cases.
struct TestPlan {
  struct Variable {
    std::string name;
    Value value;
    bool data = false;
  };
  std::string description, file;
  Place place;
  std::vector<Variable> variables;
  std::vector<Assertion> assertions;
  std::optional<double> threshold;
  Value options, metadata;
  std::vector<std::string> prompts, providers;  // names of columns; none = all
  std::optional<Expression> transform;
  std::optional<std::size_t> repeat;
  bool serial = false;  // `runSerially`
  std::string prefix, suffix;
  bool expand = true;
};

// Gives each test in order; the data files are read as it goes, a row at a time. Stops at the first
// error, of its own or of `use`.
Status for_each_test(const Suite& suite,
                     const std::function<Status(std::shared_ptr<const TestPlan>)>& use);

// One test with one value for each variable.
using Variables = std::vector<TestPlan::Variable>;
// Lists become one case for each element (the first variable outermost), `file://` values are read.
Status for_each_combination(const TestPlan& plan, const std::string& folder,
                            const std::function<Status(const Variables&)>& use);
// Each text of the suite's own rendered once; values of data files stay as they are.
Result<Value> render_variables(const Variables& variables);
Result<std::string> render_prompt(const SuitePrompt& prompt, const TestPlan& plan,
                                  const Value& vars);

// Inside: scenarios as tests; a row of CSV as a test.
Result<std::vector<TestSource>> read_scenarios(const Value& scenarios, const Suite& suite);
Result<std::vector<TestSource>> read_sources(const Value& tests, const std::string& file,
                                             const std::string& folder);
Result<Value> test_of_row(const std::vector<std::string>& header,
                          const std::vector<std::string>& row);
Result<TestPlan> plan_test(const Suite& suite, const Value& test, const std::string& file,
                           bool data);
Result<std::vector<SuitePrompt>> read_prompts(const Value& prompts, const Suite& suite);

}  // namespace maester::evals
