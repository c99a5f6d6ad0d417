// maester eval run: a suite of tests in promptfoo's format against models, or none.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/cli_eval.h"
#include "app/cli_eval_table.h"
#include "app/eval_asked.h"
#include "app/eval_earlier.h"
#include "codec/pattern.h"
#include "evals/report.h"
#include "evals/runner.h"

namespace maester::app {
namespace {

constexpr int kFailedTests = 100;  // CONTRACT.md §1

struct Options {
  std::string suite, junit, filter, filter_prompts, filter_providers, unsupported = "refuse";
  std::vector<std::string> outputs, providers, tests, metadata;
  std::size_t first = 0, repeat = 0, concurrency = 0;
  bool quiet = false;
  EvalAsking asking;
  EarlierRun earlier;
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
  if (given.earlier.any()) {
    TRY_ASSIGN(out.case_selected, cases_of(given.earlier));
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
  auto options = run_options(given);
  if (!options) return session.wrong_usage(options.error().message);
  const EvalAsking& asking = given.asking;
  if (session.environment().variable("MAESTER_URL").value_or("") != "" &&
      !(asking.config_file.empty() && asking.data_dir.empty())) {
    return session.wrong_usage(
        "--config and --data are for a run without a server, and MAESTER_URL is set");
  }
  std::vector<std::unique_ptr<evals::RowSink>> sinks;
  for (const std::string& path : given.outputs) {
    auto sink = evals::open_report(path);
    if (!sink) return session.wrong_usage(sink.error().message);
    sinks.push_back(std::move(*sink));
  }
  if (!given.junit.empty()) sinks.push_back(evals::junit_report(given.junit));
  if (!given.quiet) sinks.push_back(eval_table(session));
  evals::SuiteOptions reading;
  reading.unsupported =
      given.unsupported == "error" ? evals::Unsupported::error : evals::Unsupported::refuse;
  reading.tests = given.tests;
  reading.providers = given.providers;
  reading.grader = asking.grader;
  const auto suite = evals::read_suite(given.suite, reading);
  if (!suite) return session.fail(suite.error().message);
  std::vector<evals::RowSink*> borrowed;
  for (const auto& sink : sinks) borrowed.push_back(sink.get());
  EvalAsking allowed = asking;
  allowed.no_cache = asking.no_cache || !suite->cache;
  EvalAsked asked(session.environment(), allowed);
  options->graders = &asked.graders();
  const auto outcome = evals::run_suite(
      *suite, *options, [&](const evals::SuiteProvider& wanted) { return asked.provider(wanted); },
      borrowed);
  if (!outcome) return session.fail(outcome.error().message);
  const std::size_t rows = outcome->passed + outcome->failed + outcome->errors;
  session.out() << outcome->passed << " of " << rows << " passed, " << outcome->failed
                << " failed, " << outcome->errors << (outcome->errors == 1 ? " error" : " errors")
                << '\n';
  const evals::GradeSpend spent = asked.graders().spent();
  if (spent.asked + spent.from_cache > 0) {
    session.out() << "grading: " << spent.asked << " asked, " << spent.from_cache
                  << " from the cache, " << spent.cost.to_string() << " USD"
                  << (spent.unpriced > 0 ? " and what has no price" : "") << '\n';
  }
  if (outcome->passed != rows) session.set_status(kFailedTests);
}

}  // namespace

void add_eval_run_command(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand("run", "Run a suite of tests (promptfoo's format)");
  command->add_option("suite", options->suite, "SUITE.yaml, or its JSON")->required();
  command->add_option("-o,--output", options->outputs,
                      "A report: FILE.json, .jsonl, .csv, .html or .xml (JUnit); may be repeated");
  command->add_option("--junit", options->junit, "A JUnit report, whatever the file's ending");
  command->add_option("-t,--tests", options->tests, "Files of tests in the place of the suite's");
  command->add_option("-r,--provider", options->providers, "Ask these, not the suite's providers");
  command->add_option("--filter,--filter-pattern", options->filter,
                      "Only tests whose description matches");
  command->add_option("--filter-first-n", options->first, "Only so many tests");
  command->add_option("--filter-metadata", options->metadata, "Only tests with KEY=VALUE");
  command->add_option("--filter-prompts", options->filter_prompts, "Only prompts by this label");
  command->add_option("--filter-providers", options->filter_providers, "Only these providers");
  command->add_option("--filter-failing", options->earlier.failing,
                      "Only what did not pass in this report (FILE.jsonl)");
  command->add_option("--filter-errors-only,--retry-errors", options->earlier.errors,
                      "Only what was an error in this report (FILE.jsonl)");
  command->add_option("--resume", options->earlier.resume,
                      "Only what is not in this report (FILE.jsonl) of a run that was cut off");
  command->add_option("--repeat", options->repeat, "Run each test so often")
      ->check(CLI::Range(1, 10'000));
  command->add_option("-j,--max-concurrency", options->concurrency, "Ask so many at once (4)")
      ->check(CLI::Range(1, 256));
  command->add_flag("--no-cache", options->asking.no_cache,
                    "Take no answer and no grade from a cache");
  command->add_option("--grader", options->asking.grader,
                      "The model that grades where the suite names none, or its defaultTest does");
  command->add_option("--embedder", options->asking.embedder,
                      "The model whose vectors `similar` compares, where the suite names none");
  command->add_option("--config", options->asking.config_file,
                      "Without MAESTER_URL: run with this TOML file's models (default: those of "
                      "serve --dev)");
  command->add_option("--data", options->asking.data_dir,
                      "Without MAESTER_URL: keep receipts and grades in this directory (default: a "
                      "temporary one)");
  command->add_option("--egress", options->asking.egress,
                      "HOST:PORT of a private address that HTTP providers may ask");
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
