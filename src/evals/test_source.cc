// Where tests come from: lists in the suite, files, scenarios.
#include <fstream>

#include "codec/json_lines.h"
#include "evals/csv.h"
#include "evals/files.h"
#include "evals/suite.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxLine = 16 << 20;

Result<std::vector<TestSource>> from_file(const std::string& path, const std::string& file,
                                          Place place) {
  std::vector<TestSource> out;
  const std::string ending = ending_of(path);
  TestSource source;
  source.file = path;
  if (ending == ".csv" || ending == ".jsonl") {
    if (!std::ifstream(path)) return fault(file, place, path + ": cannot be read");
    source.kind = ending == ".csv" ? TestSource::Kind::csv : TestSource::Kind::json_lines;
    source.data = true;
    out.push_back(std::move(source));
    return out;
  }
  if (ending != ".yaml" && ending != ".yml" && ending != ".json")
    return fault(file, place,
                 "tests come from .yaml, .yml, .json, .jsonl and .csv files, not from `" + path +
                     "` (what runs code or fetches from elsewhere is not supported)");
  auto read = read_value_file(path);
  if (!read) return fault(file, place, read.error().message);
  if (!read->is_array()) return read_sources(Value::of(Value::Array{*read}), path, folder_of(path));
  TRY_ASSIGN(out, read_sources(*read, path, folder_of(path)));
  for (TestSource& one : out) one.data = one.data || ending == ".json";
  return out;
}

Value merged(const Value& under, const Value& over) {
  Value out = under.is_object() ? under : Value::object();
  for (const Member& member : over.members()) out.set(member.key, member.value);
  return out;
}

// A scenario's item under one of its tests.
Value scenario_test(const Value& item, const Value& test, std::size_t index) {
  Value out = merged(item, test);
  out.set("vars", merged(item.get("vars"), test.get("vars")));
  Value::Array assertions = item.get("assert").array();
  for (const Value& one : test.get("assert").array()) assertions.push_back(one);
  if (!assertions.empty()) out.set("assert", Value::of(std::move(assertions)));
  Value metadata = merged(item.get("metadata"), test.get("metadata"));
  if (!metadata.get("conversationId").exists())
    metadata.set("conversationId", Value::of("__scenario_" + std::to_string(index) + "__"));
  out.set("metadata", std::move(metadata));
  out.place = test.place;
  return out;
}

Result<Value> loaded_list(const Value& given, const Suite& suite) {
  if (const std::string_view name = file_reference(given.string()); !name.empty())
    return read_value_file(path_in(suite.folder, name));
  return given;
}

using Use = std::function<Status(std::shared_ptr<const TestPlan>)>;

Status give(const Suite& suite, const Value& test, const std::string& file, bool data,
            const Use& use) {
  TRY_ASSIGN(TestPlan plan, plan_test(suite, test, file, data));
  return use(std::make_shared<const TestPlan>(std::move(plan)));
}

Status csv_tests(const Suite& suite, const std::string& path, const Use& use) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fault(path, {}, "cannot be read");
  CsvReader reader(in);
  std::vector<std::string> header, row;
  const auto next = [&](std::vector<std::string>& into) -> Result<bool> {
    auto got = reader.next(into);
    if (!got) return fault(path, {}, got.error().message);
    return got;
  };
  TRY_ASSIGN(const bool any, next(header));
  if (!any) return fault(path, {1, 1}, "has no row of headings");
  for (std::string& name : header) {
    name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
    name.erase(name.find_last_not_of(' ') + 1);
  }
  for (;;) {
    TRY_ASSIGN(const bool more, next(row));
    if (!more) return {};
    const Place place{reader.line(), 1};
    if (row.size() != header.size())
      return fault(path, place,
                   "the row has " + std::to_string(row.size()) + " cells, the heading " +
                       std::to_string(header.size()));
    auto test = test_of_row(header, row);
    if (!test) return fault(path, place, test.error().message);
    test->place = place;
    TRY(give(suite, *test, path, true, use));
  }
}

Status json_lines_tests(const Suite& suite, const std::string& path, const Use& use) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fault(path, {}, "cannot be read");
  std::string line;
  for (std::uint32_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.size() > kMaxLine) return fault(path, {number, 1}, "a line has more than 16 MiB");
    auto test = parse_json(line);
    if (!test) return fault(path, {number, 1}, test.error().message);
    test->place = {number, 1};
    TRY(give(suite, *test, path, true, use));
  }
  return {};
}

}  // namespace

Result<std::vector<TestSource>> read_sources(const Value& tests, const std::string& file,
                                             const std::string& folder) {
  std::vector<TestSource> out;
  if (tests.empty()) return out;
  if (!tests.is_array() && !tests.is_string())
    return fault(file, tests.place, "`tests` must be a list or a file");
  const Value::Array single{tests};
  for (const Value& one : tests.is_string() ? single : tests.array()) {
    if (one.is_string()) {
      std::string_view name = file_reference(one.string());
      if (name.empty()) name = one.string();
      if (name.find("://") != std::string_view::npos)
        return fault(file, one.place, "tests from `" + one.string() + "` are not supported");
      auto files = files_matching(path_in(folder, name));
      if (!files) return fault(file, one.place, files.error().message);
      for (const std::string& path : *files) {
        TRY_ASSIGN(auto more, from_file(path, file, one.place));
        for (TestSource& source : more) out.push_back(std::move(source));
      }
      continue;
    }
    if (one.get("path").exists())
      return fault(file, one.place, "a generator of tests runs foreign code");
    TestSource source;
    source.test = one;
    source.file = file;
    out.push_back(std::move(source));
  }
  return out;
}

Result<std::vector<TestSource>> read_scenarios(const Value& given, const Suite& suite) {
  std::vector<TestSource> out;
  TRY_ASSIGN(const Value scenarios, loaded_list(given, suite));
  if (scenarios.empty()) return out;
  if (!scenarios.is_array()) return fault(suite.file, given.place, "`scenarios` must be a list");
  for (std::size_t i = 0; i < scenarios.array().size(); ++i) {
    const Value& scenario = scenarios.array()[i];
    TRY_ASSIGN(const Value config, loaded_list(scenario.get("config"), suite));
    TRY_ASSIGN(const Value tests, loaded_list(scenario.get("tests"), suite));
    if (config.array().empty())
      return fault(suite.file, scenario.place, "a scenario needs a `config` list");
    static const Value kBare = Value::of(Value::Array{Value::object()});
    for (const Value& item : config.array()) {
      for (const Value& test : (tests.empty() ? kBare : tests).array()) {
        TestSource source;
        source.file = suite.file;
        source.test = scenario_test(item, test, i);
        out.push_back(std::move(source));
      }
    }
  }
  return out;
}

Status for_each_test(const Suite& suite, const Use& use) {
  for (const TestSource& source : suite.sources) {
    switch (source.kind) {
      case TestSource::Kind::inline_test:
        TRY(give(suite, source.test, source.file, source.data, use));
        break;
      case TestSource::Kind::csv:
        TRY(csv_tests(suite, source.file, use));
        break;
      case TestSource::Kind::json_lines:
        TRY(json_lines_tests(suite, source.file, use));
        break;
    }
  }
  return {};
}

}  // namespace maester::evals
