// Sums of gradings: what a weight, a threshold, a set and an error do to a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evals/assertion.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

Grading part(bool pass, double score, double weight, std::string metric = {},
             std::string type = "contains") {
  Grading out;
  out.pass = pass;
  out.score = score;
  out.weight = weight;
  out.metric = std::move(metric);
  out.type = std::move(type);
  out.reason = pass ? "fine" : "not fine";
  return out;
}

TEST(Scores, AreMeansByWeight) {
  const Grading sum = sum_up({part(true, 1, 3), part(false, 0, 1)}, std::nullopt);
  EXPECT_DOUBLE_EQ(sum.score, 0.75);
  EXPECT_FALSE(sum.pass);
  EXPECT_EQ(sum.reason, "not fine");
  EXPECT_DOUBLE_EQ(sum_up({part(true, 1, 0)}, std::nullopt).score, 0);
  EXPECT_TRUE(sum_up({part(true, 1, 0)}, std::nullopt).pass);
  EXPECT_DOUBLE_EQ(sum_up({}, std::nullopt).score, 1);
}

TEST(Scores, AThresholdDecidesAloneZeroToo) {
  EXPECT_TRUE(sum_up({part(true, 1, 1), part(false, 0, 1)}, 0.5).pass);
  EXPECT_FALSE(sum_up({part(true, 1, 1), part(false, 0, 1)}, 0.51).pass);
  const Grading zero = sum_up({part(false, 0, 1)}, 0.0);
  EXPECT_TRUE(zero.pass);
  EXPECT_EQ(zero.reason, "Aggregate score 0.00 ≥ 0 threshold");
}

TEST(Scores, NamedOnesAreMeansByWeightToo) {
  const Grading sum =
      sum_up({part(true, 1, 3, "m"), part(false, 0, 1, "m"), part(true, 1, 0, "z")}, std::nullopt);
  ASSERT_EQ(sum.named.size(), 2U);
  EXPECT_DOUBLE_EQ(sum.named[0].score, 0.75);
  EXPECT_DOUBLE_EQ(sum.named[0].weight, 4);
  EXPECT_DOUBLE_EQ(sum.named[1].score, 0);
}

TEST(Scores, AComparisonHasNoWeightAndItsLoserFails) {
  const Grading lost =
      sum_up({part(true, 1, 1), part(false, 0, 5, "m", "max-score")}, std::nullopt);
  EXPECT_FALSE(lost.pass);
  EXPECT_DOUBLE_EQ(lost.score, 0);
  EXPECT_TRUE(lost.named.empty());
  const Grading won =
      sum_up({part(true, 0.5, 1), part(true, 1, 5, "", "select-best")}, std::nullopt);
  EXPECT_TRUE(won.pass);
  EXPECT_DOUBLE_EQ(won.score, 0.5);
}

// What cannot be graded is an error of the row, under not-, weight 0 and threshold 0.
TEST(Scores, AnErrorIsNeverAPass) {
  for (const char* yaml :
       {"[{type: contains, value: ''}]", "[{type: not-contains, value: ''}]",
        "[{type: contains, value: '', weight: 0}]", "[{type: contains, value: x}, {type: cost}]",
        "[{type: assert-set, threshold: 0, assert: [{type: contains, value: ''}]}]"}) {
    const auto list = parse_yaml(yaml, "a.yaml");
    const auto read = read_assertions(*list, {"a.yaml", "", Unsupported::error, nullptr});
    ASSERT_TRUE(read) << yaml;
    const Value output = Value::of("x"), none = Value::object();
    const Answer answer;
    const std::string prompt;
    const Graded subject{output, answer, none, prompt, none};
    const Grading grading = grade_all(*read, 0.0, subject);
    EXPECT_TRUE(grading.error) << yaml;
    EXPECT_FALSE(grading.pass) << yaml;
    EXPECT_DOUBLE_EQ(grading.score, 0) << yaml;
  }
}

TEST(Scores, NotTurnsAVerdictRound) {
  const auto list =
      parse_yaml("[{type: not-contains, value: a}, {type: not-contains, value: z}]", "a");
  const auto read = read_assertions(*list, {"a.yaml", "", Unsupported::refuse, nullptr});
  ASSERT_TRUE(read);
  const Value output = Value::of("abc"), none = Value::object();
  const Answer answer;
  const std::string prompt;
  const Graded subject{output, answer, none, prompt, none};
  EXPECT_FALSE(grade((*read)[0], subject).pass);
  EXPECT_TRUE(grade((*read)[1], subject).pass);
}

}  // namespace
}  // namespace maester::evals
