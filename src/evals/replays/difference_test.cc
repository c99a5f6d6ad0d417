#include "evals/replays/difference.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

using enum DifferenceKind;

CaseResult answer(std::string output, CaseResult::Verdict verdict = CaseResult::Verdict::pass,
                  const char* cost = "1", std::int64_t latency = 1'000) {
  CaseResult out;
  out.output = std::move(output);
  out.verdict = verdict;
  out.cost = FemtoUsd::parse(cost);
  out.latency_ms = latency;
  return out;
}

TEST(DifferenceTest, EqualAnswersDoNotDiffer) {
  EXPECT_TRUE(
      differences(answer("a"), answer("a", CaseResult::Verdict::pass, "1.1", 1'250)).empty())
      << "10 % dearer and 25 % slower are the same";
}

TEST(DifferenceTest, EachKindIsTold) {
  const auto before = answer("a");
  EXPECT_EQ(differences(before, answer("b")), std::vector{text});
  EXPECT_EQ(differences(before, answer("a", CaseResult::Verdict::fail)), std::vector{verdict});
  EXPECT_EQ(differences(before, answer("a", CaseResult::Verdict::pass, "1.11")), std::vector{cost});
  EXPECT_EQ(differences(before, answer("a", CaseResult::Verdict::pass, "1", 1'251)),
            std::vector{latency});
  EXPECT_EQ(differences(answer("a", CaseResult::Verdict::pass, "1", 10),
                        answer("a", CaseResult::Verdict::pass, "1", 110)),
            std::vector<DifferenceKind>{})
      << "100 ms are nothing";
}

TEST(DifferenceTest, StructureIsMembersAndTypesAndWhichToolIsCalled) {
  const auto kinds = [](const char* before, const char* after) {
    return differences(answer(before), answer(after)).size();
  };
  EXPECT_EQ(kinds(R"({"a":1,"b":"x"})", R"({"b":"y","a":2})"), 1u) << "values only";
  EXPECT_EQ(kinds(R"({"a":1})", R"({"a":"1"})"), 2u);
  EXPECT_EQ(kinds(R"({"a":1})", "a is 1"), 2u);
  EXPECT_EQ(kinds(R"({"a":[1,2]})", R"({"a":[1,2,3]})"), 1u) << "a longer list";
  EXPECT_EQ(kinds(R"([{"id":"1","function":{"name":"find","arguments":"{}"}}])",
                  R"([{"id":"2","function":{"name":"find","arguments":"{\"x\":1}"}}])"),
            1u);
  EXPECT_EQ(kinds(R"([{"id":"1","function":{"name":"find","arguments":"{}"}}])",
                  R"([{"id":"2","function":{"name":"drop","arguments":"{}"}}])"),
            2u);
  EXPECT_EQ(kinds("1", "two"), 1u) << "a number alone is a text";
}

TEST(DifferenceTest, SumsCountWhatBecameWorseAndBetter) {
  DifferenceSums sums;
  const auto add = [&](const CaseResult& before, const CaseResult& after) {
    sums.add(before, after, differences(before, after));
  };
  add(answer("a"), answer("a"));
  add(answer("a"), answer("b", CaseResult::Verdict::fail, "2"));
  add(answer("a", CaseResult::Verdict::fail), answer("b"));
  EXPECT_EQ(sums.compared, 3);
  EXPECT_EQ(sums.same, 1);
  EXPECT_EQ(sums.regressed, 1);
  EXPECT_EQ(sums.improved, 1);
  EXPECT_EQ(sums.by_kind[static_cast<std::size_t>(text)], 2);
  EXPECT_EQ(sums.cost_after, FemtoUsd::parse("4"));
}

}  // namespace
}  // namespace maester::evals
