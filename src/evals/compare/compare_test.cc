#include "evals/compare/compare.h"

#include <gtest/gtest.h>

#include "evals/runs/fake_results.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

struct Two {
  FakeResults results;
  std::string first, second;
  Two(std::vector<CaseResult> a, std::vector<CaseResult> b) {
    first = results.add(run_of({}), std::move(a)).id;
    second = results.add(run_of({}), std::move(b)).id;
  }
  Result<Comparison> compare(const CompareOptions& options = {}) {
    return compare_runs(results, "default", first, second, options);
  }
};

const Difference& metric(const Comparison& comparison, std::string_view name) {
  for (const Difference& one : comparison.metrics) {
    if (one.metric == name) return one;
  }
  ADD_FAILURE() << "no metric " << name;
  return comparison.metrics.front();
}

TEST(Compare, TellsWhatBecameOfEachCase) {
  Two two(cases_of("ppppfffeep"), cases_of("ppfepfefp"));
  const auto got = two.compare();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->matched, 9);
  EXPECT_EQ(got->changes.at(CaseChange::same), 4);
  EXPECT_EQ(got->changes.at(CaseChange::regressed), 1);
  EXPECT_EQ(got->changes.at(CaseChange::fixed), 2);
  EXPECT_EQ(got->changes.at(CaseChange::error), 2);
  EXPECT_EQ(got->changes.at(CaseChange::missing), 1);
  EXPECT_EQ(got->regressed, (std::vector<std::string>{"c002", "c003", "c009"}));
  EXPECT_EQ(got->first_only, 2);
  EXPECT_EQ(got->second_only, 2);
}

TEST(Compare, AnErrorIsNoPassAndScoresNothing) {
  Two two(cases_of("pppp"), cases_of("ppee"));
  const auto got = two.compare();
  ASSERT_TRUE(got);
  EXPECT_EQ(metric(*got, "pass_rate").second, 0.5);
  EXPECT_EQ(metric(*got, "score").second, 0.5);
  EXPECT_EQ(metric(*got, "error_rate").second, 0.5);
  EXPECT_EQ(got->second_sums.failures.at("error"), 2);
}

TEST(Compare, ACaseThatIsNotApprovedIsNoRegression) {
  auto after = cases_of("fp");
  auto before = cases_of("pp");
  before[0].approved = after[0].approved = false;
  Two two(before, after);
  const auto got = two.compare();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->regressed.empty());
  EXPECT_EQ(got->matched, 2);
  EXPECT_EQ(two.compare({.approved_only = true})->matched, 1);
}

TEST(Compare, RepeatsAreReducedFirst) {
  std::vector<CaseResult> before, after;
  for (int repeat = 0; repeat < 4; ++repeat) {
    before.push_back(case_result("a", Verdict::pass));
    after.push_back(case_result("a", repeat < 3 ? Verdict::pass : Verdict::fail));
    before.back().repeat = after.back().repeat = repeat;
  }
  Two two(before, after);
  const auto got = two.compare();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->matched, 1);
  EXPECT_EQ(metric(*got, "pass_rate").second, 0.75);
  EXPECT_EQ(metric(*got, "pass_rate").cases, 1);
  EXPECT_EQ(got->regressed.size(), 1u);  // it does not pass each time any more
}

TEST(Compare, CasesOfOneSourceAreACluster) {
  std::vector<CaseResult> before, after;
  for (int source = 0; source < 20; ++source) {
    for (int copy = 0; copy < 10; ++copy) {
      const std::string id = "s" + std::to_string(100 + source) + "-" + std::to_string(copy);
      before.push_back(case_result(id, Verdict::pass));
      after.push_back(case_result(id, source % 4 == 0 ? Verdict::fail : Verdict::pass));
      before.back().source = after.back().source = "doc" + std::to_string(source);
    }
  }
  Two clustered(before, after);
  for (auto* side : {&before, &after}) {
    for (CaseResult& one : *side) one.source.clear();
  }
  Two alone(before, after);
  const auto wide = clustered.compare(), narrow = alone.compare();
  ASSERT_TRUE(wide && narrow);
  const Difference& a = metric(*wide, "pass_rate");
  const Difference& b = metric(*narrow, "pass_rate");
  EXPECT_EQ(a.clusters, 20);
  EXPECT_EQ(b.clusters, 200);
  EXPECT_GT(a.interval.high - a.interval.low, 2.5 * (b.interval.high - b.interval.low));
  EXPECT_GT(a.bootstrap.high - a.bootstrap.low, 2.5 * (b.bootstrap.high - b.bootstrap.low));
}

TEST(Compare, RunsThatNeverDifferStillLeaveRoom) {
  Two two(cases_of("pppppppppp"), cases_of("pppppppppp"));
  const auto got = two.compare({.min_effect = 0.05});
  ASSERT_TRUE(got);
  const Difference& rate = metric(*got, "pass_rate");
  EXPECT_LT(rate.interval.low, -0.05);
  EXPECT_EQ(rate.shown, Shown::nothing);
  EXPECT_EQ(rate.p_value, 1);
}

TEST(Compare, EquivalenceTakesManyCases) {
  const std::string many(2000, 'p');
  Two two(cases_of(many.substr(0, 900)), cases_of(many.substr(0, 900)));
  EXPECT_EQ(metric(*two.compare({.min_effect = 0.05}), "pass_rate").shown, Shown::equivalent);
}

TEST(Compare, SaysWhatADifferenceShows) {
  const std::string mixed = "ppppfffppp", worse = "fpfpfffpfp";
  std::string before, after;
  for (int i = 0; i < 20; ++i) before += mixed, after += worse;
  Two two(cases_of(before), cases_of(after));
  const auto got = two.compare();
  EXPECT_EQ(metric(*got, "pass_rate").shown, Shown::worse);
  EXPECT_EQ(metric(*got, "error_rate").shown, Shown::worse);
  EXPECT_LT(got->mcnemar.exact_p, 1e-6);
  EXPECT_TRUE(metric(*got, "pass_rate").needed.has_value());
  Two other(cases_of(after), cases_of(before));
  EXPECT_EQ(metric(*other.compare(), "pass_rate").shown, Shown::better);
}

TEST(Compare, CostIsSummedExactlyAndUnpricedIsSaid) {
  auto before = cases_of("pp"), after = cases_of("pp");
  before[0].cost = *FemtoUsd::parse("0.1");
  before[1].cost = *FemtoUsd::parse("0.2");
  after[0].cost = std::nullopt;
  after[1].cost = *FemtoUsd::parse("0.05");
  Two two(before, after);
  const auto got = two.compare();
  EXPECT_EQ(got->first_sums.cost.to_string(), "0.3");
  EXPECT_EQ(got->second_sums.unpriced, 1);
  EXPECT_EQ(got->cost.cases, 1);
  EXPECT_NEAR(got->cost.difference, -0.15, 1e-12);
}

TEST(Compare, LatencyOfCachedAnswersIsNotMeasured) {
  auto before = cases_of("pp"), after = cases_of("pp");
  before[0].latency_ms = before[1].latency_ms = 100;
  after[0].latency_ms = 300;
  after[1].latency_ms = 1;
  after[1].cached = true;
  Two two(before, after);
  const auto got = two.compare();
  EXPECT_EQ(got->latency.cases, 1);
  EXPECT_EQ(got->latency.difference, 200);
  EXPECT_EQ(got->second_sums.mean_latency_ms, 300);
}

TEST(Compare, OnlyWholeRunsOfOneDataset) {
  FakeResults results;
  const std::string whole = results.add(run_of({}), cases_of("p")).id;
  const std::string failed = results.add(run_of({}, RunState::failed), cases_of("p")).id;
  evals::Run elsewhere = run_of({});
  elsewhere.dataset = "other";
  const std::string other = results.add(elsewhere, cases_of("p")).id;
  EXPECT_EQ(compare_runs(results, "default", whole, failed, {}).error().code, Code::conflict);
  EXPECT_EQ(compare_runs(results, "default", whole, other, {}).error().code, Code::conflict);
  EXPECT_EQ(compare_runs(results, "default", whole, "r9", {}).error().code, Code::not_found);
  EXPECT_EQ(compare_runs(results, "others", whole, whole, {}).error().code, Code::not_found);
  EXPECT_EQ(compare_runs(results, "default", whole, whole, {.confidence = 2}).error().code,
            Code::invalid_request);
}

TEST(Compare, TheSameInputGivesTheSameFigures) {
  Two two(cases_of("ppffppffpp"), cases_of("pfpfpfpfpp"));
  const auto a = two.compare(), b = two.compare();
  EXPECT_EQ(metric(*a, "score").bootstrap, metric(*b, "score").bootstrap);
}

}  // namespace
}  // namespace maester::evals
