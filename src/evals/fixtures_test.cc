// Every row of the shared fixtures, which are verdicts of the original (its README).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "evals/runner.h"
#include "evals/yaml.h"
#include "support/shared.h"

namespace maester::evals {
namespace {

struct Kept {
  bool success = false;
  int failure = 0;
  double score = 0;
  std::map<std::string, double> named;
  std::string output, reason;
};

class Keep final : public RowSink {
 public:
  Status begin(const Suite&, const std::vector<Column>&) override { return {}; }
  Status row(const Row& row) override {
    Kept one{row.success,
             static_cast<int>(row.failure),
             row.grading.score,
             {},
             row.failure == Failure::error ? "null" : output_text(row.output),
             row.grading.reason};
    for (const auto& named : row.grading.named) one.named[named.name] = named.score;
    rows[{row.test_index, row.prompt_index}] = std::move(one);
    return {};
  }
  Status end(const std::vector<Column>&) override { return {}; }
  std::map<std::pair<std::size_t, std::size_t>, Kept> rows;
};

std::map<std::pair<std::size_t, std::size_t>, Kept> run(const Suite& suite) {
  Keep keep;
  RowSink* sinks[] = {&keep};
  const auto outcome = run_suite(
      suite, {},
      [](const SuiteProvider&) -> Result<std::unique_ptr<EvalProvider>> { return echo_provider(); },
      sinks);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return std::move(keep.rows);
}

void compare(const std::string& expected, const std::string& config, const Suite& suite,
             std::size_t wanted) {
  const auto rows = run(suite);
  std::size_t compared = 0;
  std::istringstream lines(expected);
  for (std::string line; std::getline(lines, line);) {
    const auto row = parse_json(line);
    ASSERT_TRUE(row);
    if (row->get("config").string() != config) continue;
    const auto found = rows.find({static_cast<std::size_t>(row->get("testIdx").number()),
                                  static_cast<std::size_t>(row->get("promptIdx").number())});
    ASSERT_NE(found, rows.end()) << line;
    const Kept& ours = found->second;
    SCOPED_TRACE(line + "\nours: " + ours.reason);
    EXPECT_EQ(ours.success, row->get("success").boolean());
    EXPECT_EQ(ours.failure, row->get("failureReason").number());
    EXPECT_NEAR(ours.score, row->get("score").number(), 5e-10);
    const Value& output = row->get("output");
    EXPECT_EQ(ours.output, output.is_null() ? "null" : output.string());
    const Value& named = row->get("namedScores");
    EXPECT_EQ(ours.named.size(), named.members().size());
    for (const Member& one : named.members()) {
      ASSERT_TRUE(ours.named.contains(one.key));
      EXPECT_NEAR(ours.named.at(one.key), one.value.number(), 5e-10);
    }
    ++compared;
  }
  EXPECT_EQ(compared, wanted);
  EXPECT_EQ(rows.size(), wanted);
}

TEST(Promptfoo, GivesTheVerdictsOfTheGoldenSuite) {
  SHARED_OR_SKIP(folder, "fixtures/promptfoo");
  SuiteOptions options;
  options.unsupported = Unsupported::error;  // it has an unknown type on purpose
  const auto suite = read_suite((folder / "golden.yaml").string(), options);
  ASSERT_TRUE(suite) << suite.error().message;
  compare(test::read_file(folder / "expected.jsonl"), "golden.yaml", *suite, 72);
}

TEST(Promptfoo, GivesTheVerdictsOfTheCsvSuite) {
  SHARED_OR_SKIP(folder, "fixtures/promptfoo");
  const std::string path = testing::TempDir() + "csv_suite.yaml";
  std::ofstream(path) << "providers: [echo]\nprompts: ['Hello {{name}}']\ntests: file://"
                      << (folder / "tests.csv").string() << "\n";
  const auto suite = read_suite(path, {});
  ASSERT_TRUE(suite) << suite.error().message;
  compare(test::read_file(folder / "expected.jsonl"), "tests.csv", *suite, 3);
}

TEST(Promptfoo, RefusesTheGoldenSuiteForItsUnknownTypeUnlessTold) {
  SHARED_OR_SKIP(folder, "fixtures/promptfoo");
  const auto suite = read_suite((folder / "golden.yaml").string(), {});
  ASSERT_TRUE(suite);
  Keep keep;
  RowSink* sinks[] = {&keep};
  const auto outcome = run_suite(
      *suite, {},
      [](const SuiteProvider&) -> Result<std::unique_ptr<EvalProvider>> { return echo_provider(); },
      sinks);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, testing::HasSubstr("Unknown assertion type: nosuch"));
  EXPECT_THAT(outcome.error().message, testing::HasSubstr("golden.yaml:"));
  EXPECT_TRUE(keep.rows.empty());
}

}  // namespace
}  // namespace maester::evals
