#include "evals/gates/verdict.h"

#include <gtest/gtest.h>

#include "evals/runs/fake_results.h"

namespace maester::evals {
namespace {

struct Case {
  FakeResults results;
  Gate gate;
  GateVerdict of(std::vector<CaseResult> after, std::vector<CaseResult> before = {}) {
    const evals::Run second = results.add(run_of({}), std::move(after));
    const auto cases = *reduced_cases(results, second);
    if (before.empty()) return judge(gate, {second, cases}, nullptr);
    const evals::Run first = results.add(run_of({}), std::move(before));
    const auto first_cases = *reduced_cases(results, first);
    const JudgedRun baseline{first, first_cases};
    return judge(gate, {second, cases}, &baseline);
  }
};

const RuleOutcome& rule(const GateVerdict& verdict, std::string_view name) {
  for (const RuleOutcome& one : verdict.rules) {
    if (one.rule == name) return one;
  }
  ADD_FAILURE() << "no rule " << name;
  return verdict.rules.front();
}

TEST(GateVerdict, PassesWhatSatisfiesEveryRule) {
  Case c;
  c.gate.rules.min_cases = 4;
  c.gate.rules.min_pass_rate = 0.75;
  c.gate.rules.max_error_rate = 0.25;
  EXPECT_TRUE(c.of(cases_of("pppf")).passed);
  EXPECT_FALSE(c.of(cases_of("ppff")).passed);
}

TEST(GateVerdict, AnErrorIsNoPass) {
  Case c;
  c.gate.rules.min_pass_rate = 0.9;
  const GateVerdict got =
      c.of(cases_of("pppppppee"
                    "p"));
  EXPECT_FALSE(got.passed);
  EXPECT_EQ(rule(got, "min_pass_rate").value, 0.8);
  EXPECT_EQ(got.cases, 8);
}

TEST(GateVerdict, TooFewCasesRefuseAndSaySo) {
  Case c;
  c.gate.rules.min_cases = 20;
  c.gate.rules.min_pass_rate = 0.5;
  const GateVerdict got = c.of(cases_of("pppp"));
  EXPECT_FALSE(got.passed);
  EXPECT_TRUE(rule(got, "min_cases").undecided);
  EXPECT_EQ(rule(got, "min_cases").needed, 20);
  EXPECT_NE(got.reason.find("Too few cases to decide"), std::string::npos);
}

TEST(GateVerdict, WithConfidenceTheIntervalsEndDecides) {
  Case c;
  c.gate.rules.min_pass_rate = 0.9;
  EXPECT_TRUE(c.of(cases_of(std::string(19, 'p') + "f")).passed);
  c.gate.rules.confidence = 0.95;
  const GateVerdict few = c.of(cases_of(std::string(19, 'p') + "f"));
  EXPECT_FALSE(few.passed);
  EXPECT_TRUE(rule(few, "min_pass_rate").undecided);
  EXPECT_GT(*rule(few, "min_pass_rate").needed, 100);
  EXPECT_TRUE(c.of(cases_of(std::string(570, 'p') + std::string(30, 'f'))).passed);
}

TEST(GateVerdict, CasesThatAreNotApprovedDecideNothing) {
  Case c;
  c.gate.rules.min_pass_rate = 1;
  auto cases = cases_of("pppf");
  cases[3].approved = false;
  EXPECT_TRUE(c.of(cases).passed);
}

TEST(GateVerdict, ARegressedCaseRefusesByItsId) {
  Case c;
  c.gate.baseline = Gate::Baseline::live;
  c.gate.rules.no_regression = true;
  const GateVerdict got = c.of(cases_of("pfpp"), cases_of("ppff"));
  EXPECT_FALSE(got.passed);
  EXPECT_EQ(got.regressed, std::vector<std::string>{"c001"});
  EXPECT_NE(got.reason.find("c001"), std::string::npos);
  EXPECT_TRUE(c.of(cases_of("pppp"), cases_of("ppff")).passed);
}

TEST(GateVerdict, ACaseThatIsMissingNowIsARegression) {
  Case c;
  c.gate.baseline = Gate::Baseline::live;
  c.gate.rules.no_regression = true;
  EXPECT_FALSE(c.of(cases_of("pp"), cases_of("ppp")).passed);
}

TEST(GateVerdict, NothingLiveIsNothingToBeWorseThan) {
  Case c;
  c.gate.baseline = Gate::Baseline::live;
  c.gate.rules.no_regression = true;
  EXPECT_TRUE(c.of(cases_of("pf")).passed);
}

TEST(GateVerdict, ADropIsHeldAgainstTheBaseline) {
  Case c;
  c.gate.baseline = Gate::Baseline::live;
  c.gate.rules.thresholds["score"].max_drop = 0.1;
  EXPECT_TRUE(c.of(cases_of("pppppppppf"), cases_of("pppppppppp")).passed);
  EXPECT_FALSE(c.of(cases_of("ppppppppff"), cases_of("pppppppppp")).passed);
}

TEST(GateVerdict, MinimumEffectMustBeRuledOut) {
  Case c;
  c.gate.baseline = Gate::Baseline::live;
  c.gate.rules.min_effect = 0.05;
  const GateVerdict few = c.of(cases_of("pppppppppp"), cases_of("pppppppppp"));
  EXPECT_FALSE(few.passed);
  EXPECT_TRUE(rule(few, "min_effect").undecided);
  const std::string many(900, 'p');
  EXPECT_TRUE(c.of(cases_of(many), cases_of(many)).passed);
}

TEST(GateVerdict, CostIsHeldAgainstTheLimitExactly) {
  Case c;
  c.gate.rules.max_cost_per_case = FemtoUsd::parse("0.1");
  auto cases = cases_of("ppp");
  for (CaseResult& one : cases) one.cost = FemtoUsd::parse("0.1");
  EXPECT_TRUE(c.of(cases).passed);
  cases[0].cost = FemtoUsd::parse("0.100000000000001");
  EXPECT_FALSE(c.of(cases).passed);
  cases[0].cost = std::nullopt;
  EXPECT_FALSE(c.of(cases).passed);
}

TEST(GateVerdict, LatencyIsOfWhatWasMeasured) {
  Case c;
  c.gate.rules.max_p95_latency_ms = 100;
  auto cases = cases_of("pp");
  cases[0].latency_ms = 90;
  cases[1].latency_ms = 5000;
  cases[1].cached = true;
  EXPECT_TRUE(c.of(cases).passed);
  cases[0].cached = true;
  EXPECT_FALSE(c.of(cases).passed);
}

TEST(GateVerdict, AMetricThatNoCaseHasRefuses) {
  Case c;
  c.gate.rules.thresholds["tone"].min = 0.5;
  EXPECT_FALSE(c.of(cases_of("ppp")).passed);
  auto cases = cases_of("ppe");
  cases[0].scores["tone"] = cases[1].scores["tone"] = 0.6;
  EXPECT_FALSE(c.of(cases).passed);  // the error counts 0: a mean of 0.4
}

}  // namespace
}  // namespace maester::evals
