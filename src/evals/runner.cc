#include "evals/runner.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "evals/yaml.h"

namespace maester::evals {
namespace {

// So many tests are under way together; what bounds the memory.
constexpr std::size_t kWindow = 64;

class Runner {
 public:
  Runner(const Suite& suite, const RunOptions& options, std::span<RowSink* const> sinks)
      : suite_(suite), options_(options), sinks_(sinks), serial_(suite.serial) {}

  Result<Outcome> run(const ProviderFactory& factory) {
    TRY(make_columns(factory));
    TRY_ASSIGN(const std::size_t tests, check());
    if (tests == 0)
      return fail(Code::invalid_request, suite_.file + ": no test is selected: nothing was run");
    for (RowSink* sink : sinks_) TRY(sink->begin(suite_, out_.columns));
    TRY(each_case([this](std::shared_ptr<const TestPlan> plan, const Variables& variables) {
      return start(std::move(plan), variables);
    }));
    TRY(flush());
    derive();
    for (RowSink* sink : sinks_) TRY(sink->end(out_.columns));
    return std::move(out_);
  }

 private:
  using Case = std::function<Status(std::shared_ptr<const TestPlan>, const Variables&)>;

  struct Running {
    Row row;
    Column* column = nullptr;
    EvalProvider* provider = nullptr;
    const Variables* variables = nullptr;
  };
  struct Test {
    std::shared_ptr<const TestPlan> plan;
    Variables variables;
    std::vector<Running> rows;
  };

  // Providers outside, prompts inside.
  Status make_columns(const ProviderFactory& factory) {
    for (const SuiteProvider& provider : suite_.providers) {
      if (options_.provider_selected && !options_.provider_selected(provider)) continue;
      auto made = factory(provider);
      if (!made) return fault(suite_.file, provider.place, made.error().message);
      providers_.push_back(std::move(*made));
      for (const SuitePrompt& prompt : suite_.prompts) {
        if (options_.prompt_selected && !options_.prompt_selected(prompt)) continue;
        if (!named(provider.prompts, prompt.label, prompt.raw)) continue;
        Column column;
        column.prompt = &prompt;
        column.provider = &provider;
        out_.columns.push_back(std::move(column));
        column_providers_.push_back(providers_.back().get());
      }
    }
    if (out_.columns.empty())
      return fail(Code::invalid_request,
                  suite_.file + ": no prompt and provider is selected: nothing was run");
    return {};
  }

  static bool named(const std::vector<std::string>& names, const std::string& a,
                    const std::string& b) {
    if (names.empty()) return true;
    return std::ranges::find(names, a) != names.end() || std::ranges::find(names, b) != names.end();
  }
  static bool serves(const Column& column, const TestPlan& plan) {
    return named(plan.prompts, column.prompt->label, column.prompt->raw) &&
           named(plan.providers, column.provider->label, column.provider->id);
  }

  Status each_selected(const std::function<Status(std::shared_ptr<const TestPlan>)>& use) const {
    std::size_t taken = 0;
    return for_each_test(suite_, [&](std::shared_ptr<const TestPlan> plan) -> Status {
      if (options_.selected && !options_.selected(*plan)) return {};
      if (options_.first != 0 && taken == options_.first) return {};
      ++taken;
      return use(std::move(plan));
    });
  }
  Status each_case(const Case& use) const {
    return each_selected([&](std::shared_ptr<const TestPlan> plan) -> Status {
      const std::size_t repeat = plan->repeat.value_or(options_.repeat.value_or(suite_.repeat));
      for (std::size_t i = 0; i < repeat; ++i) {
        TRY(for_each_combination(*plan, suite_.folder,
                                 [&](const Variables& variables) { return use(plan, variables); }));
      }
      return {};
    });
  }

  // The first pass.
  Result<std::size_t> check() {
    std::size_t tests = 0;
    TRY(each_selected([&](std::shared_ptr<const TestPlan> plan) -> Status {
      const bool any = std::ranges::any_of(
          out_.columns, [&](const Column& column) { return serves(column, *plan); });
      if (!any)
        return fault(plan->file, plan->place, "the test names no prompt or provider of the suite");
      TRY(check_graders(*plan, plan->assertions));
      serial_ = serial_ || plan->serial;
      return for_each_combination(*plan, suite_.folder, [&](const Variables&) -> Status {
        ++tests;
        return {};
      });
    }));
    if (!options_.case_selected) return tests;
    std::size_t chosen = 0, index = 0;
    TRY(each_case([&](const auto&, const Variables&) -> Status {
      chosen += options_.case_selected(index++) ? 1 : 0;
      return {};
    }));
    return chosen;
  }

  Status check_graders(const TestPlan& plan, const std::vector<Assertion>& assertions) {
    for (const Assertion& one : assertions) {
      TRY(check_graders(plan, one.parts));
      if (one.grader == nullptr || asks_graders_) continue;
      if (options_.graders == nullptr)
        return fault(plan.file, one.place,
                     "`" + one.written + "` is graded by a model, and none may be asked here");
      TRY(options_.graders->ready());
      asks_graders_ = true;
    }
    return {};
  }

  Status start(std::shared_ptr<const TestPlan> plan, const Variables& variables) {
    if (options_.case_selected && !options_.case_selected(tests_)) {
      ++tests_;
      return {};
    }
    Test test;
    test.variables = variables;
    for (std::size_t i = 0; i < out_.columns.size(); ++i) {
      if (!serves(out_.columns[i], *plan)) continue;
      Running running;
      running.row.test_index = tests_;
      running.row.prompt_index = i;
      running.row.plan = plan;
      running.column = &out_.columns[i];
      running.provider = column_providers_[i];
      test.rows.push_back(std::move(running));
    }
    ++tests_;
    test.plan = std::move(plan);
    window_.push_back(std::move(test));
    return window_.size() < kWindow ? Status{} : flush();
  }

  Status flush() {
    std::vector<Running*> work;
    for (Test& test : window_) {
      for (Running& one : test.rows) {
        one.variables = &test.variables;
        work.push_back(&one);
      }
    }
    const bool waits = asks_graders_ || std::ranges::any_of(providers_, [](const auto& one) {
                         return one->waits();
                       });
    const std::size_t wanted =
        serial_ ? 1 : options_.max_concurrency.value_or(suite_.max_concurrency);
    std::atomic<std::size_t> next = 0;
    const auto take = [&] {
      for (std::size_t i = next++; i < work.size(); i = next++) ask(*work[i]);
    };
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; waits && i < std::min(wanted, work.size()); ++i)
        threads.emplace_back(take);
      take();
    }
    for (Test& test : window_) TRY(finish(test));
    window_.clear();
    return {};
  }

  void ask(Running& running) const {
    Row& row = running.row;
    const auto broken = [&](std::string why) {
      row.failure = Failure::error;
      row.error = std::move(why);
    };
    auto vars = render_variables(*running.variables);
    if (!vars) return broken(vars.error().message);
    row.vars = std::move(*vars);
    auto prompt = render_prompt(*running.column->prompt, *row.plan, row.vars);
    if (!prompt) return broken(prompt.error().message);
    row.prompt = std::move(*prompt);
    const Value& config = running.column->provider->config;
    row.answer = running.provider->ask(row.prompt, config);
    const milliseconds delay = running.column->provider->delay;
    if (delay.count() > 0 && !row.answer.cached) std::this_thread::sleep_for(delay);
    if (!row.answer.error.empty()) return broken(row.answer.error);
    if (row.answer.output.empty()) return broken("No output");
    row.output = row.answer.output;
    for (const auto* transform : {&running.column->provider->transform, &row.plan->transform}) {
      if (!*transform) continue;
      auto changed = run_transform(**transform, row.output, row.vars, row.prompt);
      if (!changed) return broken("transform: " + changed.error().message);
      if (changed->empty()) return broken("transform: gives nothing");
      row.output = std::move(*changed);
    }
    const Graded subject{row.output, row.answer,       row.vars,          row.prompt,
                         config,     options_.graders, &row.grading_spend};
    row.grading = grade_all(row.plan->assertions, row.plan->threshold, subject);
    if (row.grading.error) broken(row.grading.reason);
  }

  Status finish(Test& test) {
    const std::vector<Assertion>& assertions = test.plan->assertions;
    for (std::size_t i = 0; i < assertions.size(); ++i) {
      const Assertion::Kind kind = assertions[i].kind;
      if (kind == Assertion::Kind::max_score || kind == Assertion::Kind::select_best)
        compare(test, i);
    }
    for (Running& one : test.rows) {
      Row& row = one.row;
      if (row.failure != Failure::error) {
        row.success = row.grading.pass;
        row.failure = row.success ? Failure::none : Failure::assertion;
      } else {
        row.grading = Grading{};
        row.grading.reason = row.error;
      }
      count(row, *one.column);
      for (RowSink* sink : sinks_) TRY(sink->row(row));
    }
    ++out_.tests;
    return {};
  }

  // What is judged among all outputs of a test.
  void compare(Test& test, std::size_t index) const {
    const Assertion& assertion = test.plan->assertions[index];
    std::vector<Grading*> rows;
    std::vector<const Value*> outputs;
    Row* first = nullptr;
    std::size_t good = 0;
    for (Running& one : test.rows) {
      const bool usable = one.row.failure != Failure::error;
      rows.push_back(usable ? &one.row.grading : nullptr);
      outputs.push_back(usable ? &one.row.output : nullptr);
      if (usable && first == nullptr) first = &one.row;
      good += usable ? 1 : 0;
    }
    Status judged;
    if (good < 2) {
      judged = fail(Code::invalid_request, assertion.written + " needs two outputs at least");
    } else if (assertion.kind == Assertion::Kind::max_score) {
      judged = judge_max_score(assertion, index, rows);
    } else {
      const Graded subject{first->output,   first->answer,    first->vars,          first->prompt,
                           Value::object(), options_.graders, &first->grading_spend};
      judged = judge_select_best(assertion, index, rows, outputs, subject);
    }
    for (Running& one : test.rows) {
      if (one.row.failure == Failure::error) continue;
      if (judged) {
        one.row.grading = sum_up(std::move(one.row.grading.parts), test.plan->threshold);
      } else {
        one.row.failure = Failure::error;
        one.row.error = judged.error().message;
      }
    }
  }

  // How many assertions of a row gave to a metric; what is inside of sets counts, too.
  static double assertions_of(const std::vector<Grading>& parts, const std::string& metric) {
    double out = 0;
    for (const Grading& part : parts)
      out += (part.metric == metric ? 1 : 0) + assertions_of(part.parts, metric);
    return out;
  }

  void count(const Row& row, Column& column) {
    switch (row.failure) {
      case Failure::none:
        ++column.passed;
        ++out_.passed;
        break;
      case Failure::assertion:
        ++column.failed;
        ++out_.failed;
        break;
      case Failure::error:
        ++column.errors;
        ++out_.errors;
        break;
    }
    column.score += row.grading.score;
    if (row.answer.latency) column.latency_ms += static_cast<double>(row.answer.latency->count());
    if (row.answer.cost) column.cost = column.cost + *row.answer.cost;
    column.grading.add(row.grading_spend);
    for (const Grading& part : row.grading.parts)
      ++(part.pass ? column.assertions_passed : column.assertions_failed);
    for (const Grading::Named& one : row.grading.named) {
      Column::Metric& metric = column.named[one.name];
      metric.score += one.weight == 0 ? 0 : one.score * one.weight;
      metric.count += std::max(1.0, assertions_of(row.grading.parts, one.name));
      metric.weight += one.weight;
    }
  }

  // Metrics made of the sums of others; `__count` is the number of rows. As the original has it,
  // one that reads a metric that no row has, or cannot be reckoned, is 0.
  void derive() {
    for (Column& column : out_.columns) {
      Value sums = Value::object();
      for (const auto& [name, metric] : column.named) sums.set(name, Value::of(metric.score));
      sums.set("__count",
               Value::of(static_cast<double>(column.passed + column.failed + column.errors)));
      for (const Suite::Derived& one : suite_.derived) {
        column.derived[one.name] = derived(one.value, sums);
        sums.set(one.name, Value::of(column.derived[one.name]));
      }
    }
  }
  static double derived(const Expression& expression, const Value& sums) {
    std::vector<std::string> names;
    collect_names(expression, names);
    for (const std::string& name : names) {
      if (!sums.get(name).exists()) return 0;
    }
    Budget budget;
    const auto value = evaluate(
        expression, [&](std::string_view name) -> const Value& { return sums.get(name); }, budget);
    return value && value->is_number() ? value->number() : 0;
  }

  const Suite& suite_;
  const RunOptions& options_;
  std::span<RowSink* const> sinks_;
  std::vector<std::unique_ptr<EvalProvider>> providers_;
  std::vector<EvalProvider*> column_providers_;  // beside out_.columns
  Outcome out_;
  std::vector<Test> window_;
  std::size_t tests_ = 0;
  bool asks_graders_ = false;  // some assertion of a test does
  bool serial_ = false;        // one after the other
};

}  // namespace

std::string Column::name() const {
  return "[" + provider->label + "] " + prompt->label;
}

Result<Outcome> run_suite(const Suite& suite, const RunOptions& options,
                          const ProviderFactory& providers, std::span<RowSink* const> sinks) {
  return Runner(suite, options, sinks).run(providers);
}

}  // namespace maester::evals
