// A test and the defaults under it -> TestPlan; a plan -> its combinations of values.
#include <algorithm>
#include <array>
#include <cmath>

#include "evals/files.h"
#include "evals/suite.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr auto kMembers = std::to_array<std::string_view>(
    {"description", "vars", "assert", "options", "threshold", "metadata", "provider", "providers",
     "prompts", "assertScoringFunction", "providerOutput"});
constexpr auto kOptions = std::to_array<std::string_view>(
    {"prefix", "suffix", "transform", "postprocess", "transformVars", "disableVarExpansion",
     "disableDefaultAsserts", "repeat", "provider", "rubricPrompt", "storeOutputAs", "runSerially",
     "config", "factuality"});
constexpr auto kCode = std::to_array<std::string_view>({".js", ".cjs", ".mjs", ".ts", ".py"});
constexpr std::size_t kMaxCombinations = 1'000'000;

class Planner {
 public:
  Planner(const Suite& suite, const Value& test, const std::string& file, bool data)
      : suite_(suite), test_(test), file_(file), data_(data) {}

  Result<TestPlan> plan() {
    TRY(check_members(suite_.default_test, suite_.default_file, true));
    TRY(check_members(test_, file_, false));
    plan_.file = file_;
    plan_.place = test_.place;
    plan_.description = or_default("description").shown();
    TRY(read_options());
    TRY(add_variables(suite_.default_test.get("vars"), suite_.default_file, false));
    TRY(add_variables(test_.get("vars"), file_, data_));
    TRY(add_assertions());
    const Value& threshold = or_default("threshold");
    if (!threshold.empty() && !threshold.is_number())
      return fault(file_, threshold.place, "`threshold` must be a number");
    if (threshold.is_number()) plan_.threshold = threshold.number();
    plan_.metadata = merged("metadata");
    names(or_default("prompts"), plan_.prompts);
    names(or_default("providers"), plan_.providers);
    names(or_default("provider"), plan_.providers);
    return std::move(plan_);
  }

 private:
  const Value& or_default(std::string_view key) const {
    const Value& own = test_.get(key);
    return own.empty() ? suite_.default_test.get(key) : own;
  }
  Value merged(std::string_view key) const {
    Value out = Value::object();
    for (const Member& one : suite_.default_test.get(key).members()) out.set(one.key, one.value);
    for (const Member& one : test_.get(key).members()) out.set(one.key, one.value);
    return out;
  }
  static void names(const Value& given, std::vector<std::string>& into) {
    if (given.is_string()) into.push_back(given.string());
    for (const Value& one : given.array()) into.push_back(one.shown());
  }

  static Status check_members(const Value& test, const std::string& file, bool defaults) {
    if (test.empty() && defaults) return {};
    if (!test.is_object()) return fault(file, test.place, "a test must be a mapping");
    bool says_something = defaults;
    for (const Member& one : test.members()) {
      if (std::ranges::find(kMembers, one.key) == kMembers.end())
        return fault(file, one.value.place.line != 0 ? one.value.place : test.place,
                     "`" + one.key + "` is no member of a test");
      says_something = says_something || one.key != "description";
      if ((one.key == "assertScoringFunction" || one.key == "providerOutput") && !one.value.empty())
        return fault(file, one.value.place,
                     "`" + one.key + "` is not supported" +
                         (one.key[0] == 'a' ? ": it runs foreign code" : ""));
    }
    if (!says_something) return fault(file, test.place, "a test must say more than a description");
    return {};
  }

  Status read_options() {
    plan_.options = merged("options");
    const Value& options = plan_.options;
    for (const Member& one : options.members()) {
      if (std::ranges::find(kOptions, one.key) == kOptions.end())
        return fault(file_, one.value.place, "`" + one.key + "` is no option of a test");
      const bool foreign =
          one.key == "transformVars" || one.key == "storeOutputAs" || one.key == "config";
      if (foreign && !one.value.empty())
        return fault(file_, one.value.place, "the option `" + one.key + "` is not supported");
    }
    plan_.prefix = options.get("prefix").shown();
    plan_.suffix = options.get("suffix").shown();
    plan_.serial = options.get("runSerially").truthy();
    plan_.expand = !options.get("disableVarExpansion").truthy();
    const Value& repeat = options.get("repeat");
    if (!repeat.empty()) {
      if (!repeat.is_number() || !(repeat.number() >= 1) || repeat.number() > 10'000 ||
          repeat.number() != std::floor(repeat.number()))
        return fault(file_, repeat.place, "`repeat` must be a whole number from 1 to 10000");
      plan_.repeat = static_cast<std::size_t>(repeat.number());
    }
    const Value& transform =
        options.get("transform").empty() ? options.get("postprocess") : options.get("transform");
    if (transform.empty()) return {};
    auto read = parse_expression(transform.string(), Dialect::script);
    if (!read)
      return fault(file_, transform.place, "this `transform` needs code: " + read.error().message);
    plan_.transform = std::move(*read);
    return {};
  }

  Status add_variables(const Value& given, const std::string& file, bool data) {
    Value loaded;
    const Value* vars = &given;
    if (const std::string_view name = file_reference(given.string()); !name.empty() && !data) {
      auto read = read_value_file(path_in(folder_of(file), name));
      if (!read) return fault(file, given.place, read.error().message);
      loaded = std::move(*read);
      vars = &loaded;
    }
    if (vars->empty()) return {};
    if (!vars->is_object()) return fault(file, given.place, "`vars` must be a mapping");
    for (const Member& one : vars->members()) {
      const auto found = std::ranges::find(plan_.variables, one.key, &TestPlan::Variable::name);
      if (found != plan_.variables.end()) {
        found->value = one.value;
        found->data = data;
      } else {
        plan_.variables.push_back({one.key, one.value, data});
      }
    }
    return {};
  }

  Status add_assertions() {
    if (!plan_.options.get("disableDefaultAsserts").truthy())
      TRY(add(suite_.default_test.get("assert"), suite_.default_file));
    return add(test_.get("assert"), file_);
  }
  Status add(const Value& list, const std::string& file) {
    const AssertionContext context{file, folder_of(file), suite_.unsupported, &plan_.options};
    TRY_ASSIGN(auto read, read_assertions(list, context));
    std::ranges::move(read, std::back_inserter(plan_.assertions));
    return {};
  }

  const Suite& suite_;
  const Value& test_;
  const std::string& file_;
  bool data_;
  TestPlan plan_;
};

using Use = std::function<Status(const Variables&)>;

class Expander {
 public:
  Expander(const TestPlan& plan, const std::string& folder, const Use& use)
      : plan_(plan), folder_(folder), use_(use) {}

  Status run() { return next(0); }

 private:
  Status next(std::size_t i) {
    if (i == plan_.variables.size()) {
      if (++count_ > kMaxCombinations)
        return fault(plan_.file, plan_.place, "a test has more than a million combinations");
      return use_(chosen_);
    }
    const TestPlan::Variable& variable = plan_.variables[i];
    std::vector<TestPlan::Variable> values;
    TRY(values_of(variable, values));
    for (TestPlan::Variable& one : values) {
      chosen_.push_back(std::move(one));
      TRY(next(i + 1));
      chosen_.pop_back();
    }
    return {};
  }

  // A list of texts is a value each; other lists are one value.
  Status values_of(const TestPlan::Variable& variable, std::vector<TestPlan::Variable>& out) const {
    const Value& value = variable.value;
    const bool spreads =
        plan_.expand && value.is_array() && !value.array().empty() && value.array()[0].is_string();
    if (!spreads) return one_value(variable, value, out);
    for (const Value& one : value.array()) TRY(one_value(variable, one, out));
    return {};
  }

  // `file://` names files, in the suite's own text only: a row of data cannot.
  Status one_value(const TestPlan::Variable& variable, const Value& value,
                   std::vector<TestPlan::Variable>& out) const {
    const std::string_view name =
        variable.data ? std::string_view() : file_reference(value.string());
    if (name.empty()) {
      out.push_back({variable.name, value, variable.data});
      return {};
    }
    const std::string ending = ending_of(name.substr(0, name.find(':')));
    if (std::ranges::find(kCode, ending) != kCode.end())
      return fault(plan_.file, value.place,
                   "the variable `" + variable.name + "` runs foreign code");
    auto files = files_matching(path_in(folder_, name));
    if (!files) return fault(plan_.file, value.place, files.error().message);
    for (const std::string& path : *files) {
      auto read = read_value_file(path);
      if (!read) return fault(plan_.file, value.place, read.error().message);
      // As the original has it, a mapping is put in as its JSON.
      Value text = read->is_string() ? std::move(*read) : Value::of(read->json());
      out.push_back({variable.name, std::move(text), true});
    }
    return {};
  }

  const TestPlan& plan_;
  const std::string& folder_;
  const Use& use_;
  Variables chosen_;
  std::size_t count_ = 0;
};

}  // namespace

Result<TestPlan> plan_test(const Suite& suite, const Value& test, const std::string& file,
                           bool data) {
  return Planner(suite, test, file, data).plan();
}

Status for_each_combination(const TestPlan& plan, const std::string& folder, const Use& use) {
  return Expander(plan, folder, use).run();
}

}  // namespace maester::evals
