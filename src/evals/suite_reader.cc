// The suite's top level.
#include <algorithm>
#include <array>

#include "evals/files.h"
#include "evals/suite.h"
#include "evals/suite_options.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr auto kKnown = std::to_array<std::string_view>(
    {"$schema", "description", "prompts", "providers", "targets", "tests", "scenarios",
     "defaultTest", "evaluateOptions", "commandLineOptions", "outputPath", "sharing", "tags",
     "metadata", "derivedMetrics", "writeLatestResults"});
constexpr auto kForeign = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"extensions", "runs foreign code"},
    {"nunjucksFilters", "runs foreign code"},
    {"env", "is not supported: templates see no environment, and credentials belong to Maester"},
    {"redteam", "belongs to promptfoo's red-team service"},
    {"tracing", "is not supported: there are no traces of spans to be read"},
});

class Reader {
 public:
  explicit Reader(Suite& suite) : suite_(suite) {}

  Status read(const SuiteOptions& options) {
    const Value& root = suite_.config;
    if (!root.is_object()) return wrong(root, "a suite must be a mapping");
    TRY(check_keys(root));
    suite_.description = root.get("description").shown();
    TRY(read_default(root.get("defaultTest"), options.grader));
    TRY(read_providers(root, options));
    TRY_ASSIGN(suite_.prompts, read_prompts(root.get("prompts"), suite_));
    TRY(read_run_options(root, suite_));
    TRY(read_derived(root.get("derivedMetrics")));
    return read_tests(root, options);
  }

 private:
  std::unexpected<Error> wrong(const Value& where, std::string_view what) const {
    return fault(suite_.file, where.place, what);
  }

  Status check_keys(const Value& root) const {
    for (const Member& member : root.members()) {
      for (const auto& [key, why] : kForeign) {
        if (member.key == key && !member.value.empty())
          return wrong(member.value, "`" + member.key + "` " + std::string(why));
      }
      const bool foreign =
          std::ranges::any_of(kForeign, [&](const auto& one) { return one.first == member.key; });
      if (!foreign && std::ranges::find(kKnown, member.key) == kKnown.end())
        return wrong(member.value, "`" + member.key + "` is no member of a suite");
    }
    return {};
  }

  Status read_default(const Value& given, const std::string& grader) {
    suite_.default_file = suite_.file;
    suite_.default_test = given;
    if (const std::string_view name = file_reference(given.string()); !name.empty()) {
      suite_.default_file = path_in(suite_.folder, name);
      TRY_ASSIGN(suite_.default_test, read_value_file(suite_.default_file));
    }
    if (!suite_.default_test.empty() && !suite_.default_test.is_object())
      return wrong(given, "`defaultTest` must be a test");
    if (grader.empty()) return {};
    Value options = suite_.default_test.get("options");
    if (!options.is_object()) options = Value::object();
    options.set("provider", Value::of(grader));
    if (!suite_.default_test.is_object()) suite_.default_test = Value::object();
    suite_.default_test.set("options", std::move(options));
    return {};
  }

  Status read_providers(const Value& root, const SuiteOptions& options) {
    const Value& first = root.get("providers");
    const Value& second = root.get("targets");
    if (!first.empty() && !second.empty())
      return wrong(second, "`providers` and `targets` are the same: write one of them");
    const Value& given = first.empty() ? second : first;
    for (const std::string& id : options.providers) suite_.providers.push_back(provider_of(id));
    if (!options.providers.empty()) return {};
    if (given.empty()) return wrong(root, "a suite needs `providers`");
    if (given.is_string()) return add_provider(given);
    if (!given.is_array()) return wrong(given, "`providers` must be a list");
    for (const Value& one : given.array()) TRY(add_provider(one));
    if (suite_.providers.empty()) return wrong(given, "`providers` is empty");
    return {};
  }
  static SuiteProvider provider_of(std::string id) {
    SuiteProvider out;
    out.label = out.id = std::move(id);
    out.config = Value::object();
    return out;
  }
  // `echo`, {id: echo, label, config}, or {echo: {config}}.
  Status add_provider(const Value& given) {
    if (given.is_string()) {
      if (const std::string_view name = file_reference(given.string()); !name.empty()) {
        TRY_ASSIGN(const Value read, read_value_file(path_in(suite_.folder, name)));
        if (!read.is_array()) return add_provider(read);
        for (const Value& one : read.array()) TRY(add_provider(one));
        return {};
      }
      suite_.providers.push_back(provider_of(given.string()));
      suite_.providers.back().place = given.place;
      return {};
    }
    if (!given.is_object() || given.members().empty())
      return wrong(given, "a provider is an id or a mapping with an `id`");
    std::string id = given.get("id").string();
    const Value* options = &given;
    if (id.empty()) {
      if (given.members().size() != 1 || !given.members()[0].value.is_object())
        return wrong(given, "a provider needs an `id`");
      id = given.members()[0].key;
      options = &given.members()[0].value;
    }
    SuiteProvider out = provider_of(id);
    out.place = given.place;
    constexpr auto kMembers =
        std::to_array<std::string_view>({"id", "label", "config", "prompts", "transform", "delay"});
    for (const Member& member : options->members()) {
      if (std::ranges::find(kMembers, member.key) == kMembers.end())
        return wrong(member.value,
                     "`" + member.key + "` is no member of a provider, or not supported");
    }
    TRY_ASSIGN(out.delay, read_milliseconds(options->get("delay"), "delay", suite_.file));
    if (options->get("label").is_string()) out.label = options->get("label").string();
    if (options->get("config").is_object()) out.config = options->get("config");
    for (const Value& one : options->get("prompts").array()) out.prompts.push_back(one.shown());
    if (const Value& transform = options->get("transform"); !transform.empty()) {
      auto read = parse_expression(transform.string(), Dialect::script);
      if (!read) return wrong(transform, "this `transform` needs code: " + read.error().message);
      out.transform = std::move(*read);
    }
    suite_.providers.push_back(std::move(out));
    return {};
  }

  Status read_derived(const Value& given) {
    for (const Value& one : given.array()) {
      auto read = parse_expression(one.get("value").string(), Dialect::script);
      if (!read || !one.get("name").is_string())
        return wrong(one, "a derived metric needs a `name` and a `value` that is an expression" +
                              (read ? std::string() : ": " + read.error().message));
      suite_.derived.push_back({one.get("name").string(), std::move(*read)});
    }
    return {};
  }

  Status read_tests(const Value& root, const SuiteOptions& options) {
    if (!options.tests.empty()) {
      Value list = Value::of(Value::Array{});
      for (const std::string& one : options.tests) list.push(Value::of("file://" + one));
      TRY_ASSIGN(suite_.sources, read_sources(list, "the command line", ""));
      return {};
    }
    TRY_ASSIGN(suite_.sources, read_sources(root.get("tests"), suite_.file, suite_.folder));
    TRY_ASSIGN(auto more, read_scenarios(root.get("scenarios"), suite_));
    std::ranges::move(more, std::back_inserter(suite_.sources));
    if (!suite_.sources.empty()) return {};
    const Value& tests = root.get("tests");
    if (!tests.empty() || !root.get("scenarios").empty())
      return wrong(tests.empty() ? root.get("scenarios") : tests, "there is no test");
    // Prompts without tests are one test without variables.
    TestSource only;
    only.file = suite_.file;
    only.test = Value::object();
    only.test.set("vars", Value::object());
    suite_.sources.push_back(std::move(only));
    return {};
  }

  Suite& suite_;
};

}  // namespace

Result<Suite> read_suite(const std::string& path, const SuiteOptions& options) {
  Suite out;
  out.file = path;
  out.folder = folder_of(path);
  out.unsupported = options.unsupported;
  TRY_ASSIGN(const std::string text, read_file(path));
  TRY_ASSIGN(out.config, parse_yaml(text, path));
  TRY(Reader(out).read(options));
  return out;
}

}  // namespace maester::evals
