// maester eval run: a suite of tests in promptfoo's format against models, or none.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/cli_eval.h"
#include "app/cli_eval_port.h"
#include "app/text_table.h"
#include "base/utf8.h"
#include "codec/pattern.h"
#include "evals/model_provider.h"
#include "evals/report.h"
#include "evals/runner.h"

namespace maester::app {
namespace {

constexpr int kFailedTests = 100;  // CONTRACT.md §1
constexpr std::size_t kShownFailures = 50;

struct Options {
  std::string suite, junit, filter, filter_prompts, filter_providers, unsupported = "refuse";
  std::vector<std::string> outputs, providers, tests, metadata;
  std::size_t first = 0, repeat = 0, concurrency = 0;
  bool no_cache = false, quiet = false;
};

// `maester:NAME`, `openai:NAME` and `openai:chat:NAME` are the model or route NAME.
Result<std::unique_ptr<evals::EvalProvider>> provider_of(evals::ModelPort* port,
                                                         const evals::SuiteProvider& wanted,
                                                         bool fresh) {
  if (wanted.id == "echo") return evals::echo_provider();
  const std::string model = evals::model_of(wanted.id);
  if (model.empty()) {
    return fail(Code::invalid_request,
                "the provider `" + wanted.id +
                    "` is not supported: there are `echo` and `maester:MODEL` (`openai:MODEL` "
                    "too), a model or route of the server at MAESTER_URL");
  }
  if (port == nullptr) {
    return fail(Code::invalid_request, "the provider `" + wanted.id +
                                           "` needs a server: set MAESTER_URL (and "
                                           "MAESTER_API_KEY), or use `--provider echo`");
  }
  return evals::model_provider(*port, model, fresh);
}

// The failures, and the sums of each column.
class Table final : public evals::RowSink {
 public:
  explicit Table(CliSession& session) : session_(session) {}
  Status begin(const evals::Suite&, const std::vector<evals::Column>&) override { return {}; }
  Status row(const evals::Row& row) override {
    if (row.success || ++failures_ > kShownFailures) return {};
    const std::string name = row.plan->description.empty() ? "test" : row.plan->description;
    failed_.add({std::to_string(row.test_index + 1), std::to_string(row.prompt_index + 1),
                 row.failure == evals::Failure::error ? "ERROR" : "FAIL",
                 evals::number_text(row.grading.score), printable(utf8::truncate(name, 40)),
                 printable(utf8::truncate(row.grading.reason, 160))});
    return {};
  }
  Status end(const std::vector<evals::Column>& columns) override {
    if (failures_ > 0) {
      failed_.print(session_.out());
      if (failures_ > kShownFailures)
        session_.out() << "... and " << failures_ - kShownFailures << " more\n";
      session_.out() << '\n';
    }
    TextTable table({"column", "provider", "prompt", "passed", "failed", "errors", "score"});
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const evals::Column& one = columns[i];
      const auto rows = static_cast<double>(one.passed + one.failed + one.errors);
      table.add({std::to_string(i + 1), printable(utf8::truncate(one.provider->label, 30)),
                 printable(utf8::truncate(one.prompt->label, 40)), std::to_string(one.passed),
                 std::to_string(one.failed), std::to_string(one.errors),
                 checks::format_score(rows == 0 ? 0 : one.score / rows)});
    }
    table.print(session_.out());
    return {};
  }

 private:
  CliSession& session_;
  TextTable failed_{{"test", "column", "verdict", "score", "description", "reason"}};
  std::size_t failures_ = 0;
};

Result<std::function<bool(const std::string&)>> matcher(const std::string& pattern,
                                                        std::string_view option) {
  auto compiled = Pattern::compile(pattern);
  if (!compiled)
    return fail(Code::invalid_request, std::string(option) + ": " + compiled.error().message);
  return
      [compiled = std::move(*compiled)](const std::string& text) { return compiled.matches(text); };
}

Result<evals::RunOptions> run_options(const Options& given) {
  evals::RunOptions out;
  if (given.repeat > 0) out.repeat = given.repeat;
  if (given.concurrency > 0) out.max_concurrency = given.concurrency;
  out.first = given.first;
  if (!given.filter.empty() || !given.metadata.empty()) {
    TRY_ASSIGN(const auto matches, matcher(given.filter.empty() ? ".*" : given.filter, "--filter"));
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& one : given.metadata) {
      const std::size_t equals = one.find('=');
      if (equals == std::string::npos)
        return fail(Code::invalid_request, "--filter-metadata is KEY=VALUE, not `" + one + "`");
      pairs.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    }
    out.selected = [matches, pairs](const evals::TestPlan& plan) {
      return matches(plan.description) && std::ranges::all_of(pairs, [&](const auto& pair) {
               const evals::Value& value = plan.metadata.get(pair.first);
               return value.is_array() ? std::ranges::any_of(value.array(),
                                                             [&](const auto& one) {
                                                               return one.shown() == pair.second;
                                                             })
                                       : value.shown() == pair.second;
             });
    };
  }
  if (!given.filter_prompts.empty()) {
    TRY_ASSIGN(const auto matches, matcher(given.filter_prompts, "--filter-prompts"));
    out.prompt_selected = [matches](const evals::SuitePrompt& one) { return matches(one.label); };
  }
  if (!given.filter_providers.empty()) {
    TRY_ASSIGN(const auto matches, matcher(given.filter_providers, "--filter-providers"));
    out.provider_selected = [matches](const evals::SuiteProvider& one) {
      return matches(one.id) || matches(one.label);
    };
  }
  return out;
}

void run(CliSession& session, const Options& given) {
  const auto options = run_options(given);
  if (!options) return session.wrong_usage(options.error().message);
  std::vector<std::unique_ptr<evals::RowSink>> sinks;
  for (const std::string& path : given.outputs) {
    auto sink = evals::open_report(path);
    if (!sink) return session.wrong_usage(sink.error().message);
    sinks.push_back(std::move(*sink));
  }
  if (!given.junit.empty()) sinks.push_back(evals::junit_report(given.junit));
  if (!given.quiet) sinks.push_back(std::make_unique<Table>(session));
  evals::SuiteOptions reading;
  reading.unsupported =
      given.unsupported == "error" ? evals::Unsupported::error : evals::Unsupported::refuse;
  reading.tests = given.tests;
  reading.providers = given.providers;
  const auto suite = evals::read_suite(given.suite, reading);
  if (!suite) return session.fail(suite.error().message);
  std::vector<evals::RowSink*> borrowed;
  for (const auto& sink : sinks) borrowed.push_back(sink.get());
  const std::string url = session.environment().variable("MAESTER_URL").value_or("");
  const auto port = url.empty() ? nullptr : server_port(session.environment(), url);
  const auto factory = [&](const evals::SuiteProvider& wanted) {
    return provider_of(port.get(), wanted, given.no_cache);
  };
  const auto outcome = evals::run_suite(*suite, *options, factory, borrowed);
  if (!outcome) return session.fail(outcome.error().message);
  const std::size_t rows = outcome->passed + outcome->failed + outcome->errors;
  session.out() << outcome->passed << " of " << rows << " passed, " << outcome->failed
                << " failed, " << outcome->errors << (outcome->errors == 1 ? " error" : " errors")
                << '\n';
  if (outcome->passed != rows) session.set_status(kFailedTests);
}

}  // namespace

void add_eval_run_command(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand("run", "Run a suite of tests (promptfoo's format)");
  command->add_option("suite", options->suite, "SUITE.yaml, or its JSON")->required();
  command->add_option("-o,--output", options->outputs,
                      "A report: FILE.json, .jsonl, .csv or .xml (JUnit); may be repeated");
  command->add_option("--junit", options->junit, "A JUnit report, whatever the file's ending");
  command->add_option("-t,--tests", options->tests, "Files of tests in the place of the suite's");
  command->add_option("-r,--provider", options->providers, "Ask these, not the suite's providers");
  command->add_option("--filter,--filter-pattern", options->filter,
                      "Only tests whose description matches");
  command->add_option("--filter-first-n", options->first, "Only so many tests");
  command->add_option("--filter-metadata", options->metadata, "Only tests with KEY=VALUE");
  command->add_option("--filter-prompts", options->filter_prompts, "Only prompts by this label");
  command->add_option("--filter-providers", options->filter_providers, "Only these providers");
  command->add_option("--repeat", options->repeat, "Run each test so often")
      ->check(CLI::Range(1, 10'000));
  command->add_option("-j,--max-concurrency", options->concurrency, "Ask so many at once (4)")
      ->check(CLI::Range(1, 256));
  command->add_flag("--no-cache", options->no_cache, "Take no answer from the server's cache");
  command->add_flag("-q,--quiet", options->quiet, "No table, only the last line");
  command
      ->add_option("--unsupported", options->unsupported,
                   "What needs code or a model: refuse the suite, or count its rows as errors")
      ->check(CLI::IsMember({"refuse", "error"}))
      ->capture_default_str();
  command->footer(
      "Exit status: 0 all passed, 100 a test failed or could not be judged, 1 the suite is broken\n"
      "(nothing ran), 2 wrong usage.");
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace maester::app
