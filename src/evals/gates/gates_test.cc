#include "evals/gates/gates.h"

#include <gtest/gtest.h>

#include "evals/runs/fake_results.h"
#include "store/test_directory.h"

namespace maester::evals {
namespace {

class GatesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.emplace(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
    audit_ = *access::AuditLog::open(*db_, clock_, std::string(32, 'k'));
    open();
  }
  void open() {
    gates_ = *Gates::open(*db_, clock_, *audit_);
    gates_->attach(evidence_);
  }
  Gate gate(std::string_view text = R"({"name":"prod","guards":{"kind":"prompt_label",
      "object":"greet","slot":"production"},"dataset":"smoke",
      "rules":{"min_pass_rate":0.9}})") {
    const json::Document body = *json::Document::parse(text);
    Gate out = *read_gate(body.root());
    out.tenant = "default";
    return out;
  }
  void create(const Gate& one) {
    const auto made = gates_->create(one, access::Actor::program());
    ASSERT_TRUE(made) << made.error().message;
  }
  access::Release to(std::string version) {
    access::Release out{.tenant = "default", .kind = "prompt_label"};
    out.object = "greet";
    out.slot = "production";
    out.from = "v1";
    out.to = std::move(version);
    out.role = access::Role::member;
    return out;
  }
  std::string run(std::string prompt, std::string_view verdicts,
                  RunState state = RunState::succeeded) {
    return results_.add(run_of({{"prompt", std::move(prompt)}}, state), cases_of(verdicts)).id;
  }
  std::string outcome() {
    const auto rows = gates_->decisions("default", "prod", 0, 10);
    return rows && !rows->empty() ? rows->front().outcome : "";
  }
  std::size_t overrides() {
    std::size_t count = 0;
    const auto rows = *audit_->page("default", 0, 100);
    for (const auto& row : rows) count += row.action == "gate.override";
    return count;
  }

  store::TestDirectory directory_;
  ManualClock clock_;
  std::optional<store::Database> db_;
  std::unique_ptr<access::AuditLog> audit_;
  FakeResults results_;
  std::int64_t latest_ = 1;
  Evidence evidence_{
      results_,
      [this](std::string_view, std::string_view) -> Result<std::int64_t> { return latest_; },
      clock_};
  std::unique_ptr<Gates> gates_;
};

TEST_F(GatesTest, AnUnevaluatedVersionIsRefusedAndToldWhatIsMissing) {
  create(gate());
  const Status got = gates_->may_release(to("v2"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::gate_refused);
  for (const char* part : {"prod", "v2", "prompt=greet@v2", "smoke", "maester eval gate prod"})
    EXPECT_NE(got.error().message.find(part), std::string::npos) << part;
  EXPECT_EQ(outcome(), "refused");
}

TEST_F(GatesTest, APassingRunOfExactlyThatVersionLetsItThrough) {
  create(gate());
  run("greet@v2", "pppppppppp");
  EXPECT_TRUE(gates_->may_release(to("v2")));
  EXPECT_EQ(outcome(), "passed");
  EXPECT_FALSE(gates_->may_release(to("v3")));
  EXPECT_FALSE(gates_->may_release(to("v")));
}

TEST_F(GatesTest, OtherPlacesAreNotGuarded) {
  create(gate());
  access::Release staging = to("v2");
  staging.slot = "staging";
  EXPECT_TRUE(gates_->may_release(staging));
  access::Release other = to("v2");
  other.tenant = "acme";
  EXPECT_TRUE(gates_->may_release(other));
  EXPECT_EQ(outcome(), "");
}

TEST_F(GatesTest, TheNewestRunDecides) {
  create(gate());
  run("greet@v2", "pppppppppp");
  run("greet@v2", "ffffffffff");
  EXPECT_FALSE(gates_->may_release(to("v2")));
  run("greet@v2", "pppppppppp");
  EXPECT_TRUE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, RunsThatDidNotEndWellNeverCount) {
  create(gate());
  for (const RunState state : {RunState::failed, RunState::cancelled, RunState::running})
    run("greet@v2", "pppppppppp", state);
  EXPECT_FALSE(gates_->may_release(to("v2")));
  evals::Run torn = run_of({{"prompt", "greet@v2"}});
  results_.add(torn, cases_of("pppp")).summary.cases = 10;
  const Status got = gates_->may_release(to("v2"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("4 of 10"), std::string::npos);
}

TEST_F(GatesTest, ARunOfAnOlderDatasetVersionDoesNotCount) {
  create(gate());
  run("greet@v2", "pppppppppp");
  latest_ = 2;
  EXPECT_FALSE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, ADeletedRunDoesNotCount) {
  create(gate());
  const std::string id = run("greet@v2", "pppppppppp");
  EXPECT_TRUE(gates_->may_release(to("v2")));
  results_.remove(id);
  EXPECT_FALSE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, AnOldRunDoesNotCountWhereTheGateHasAnAge) {
  Gate aged = gate();
  aged.max_age = std::chrono::hours(1);
  create(aged);
  run("greet@v2", "pppppppppp");
  EXPECT_TRUE(gates_->may_release(to("v2")));
  clock_.advance(std::chrono::hours(2));
  EXPECT_FALSE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, ARollbackPasses) {
  create(gate());
  access::Release back = to("v1");
  back.from = "v2";
  back.rollback = true;
  EXPECT_TRUE(gates_->may_release(back));
  EXPECT_EQ(outcome(), "rollback");
}

TEST_F(GatesTest, AnOverrideTakesARoleAndAReasonAndIsAudited) {
  create(gate());
  access::Release wanted = to("v2");
  wanted.override_reason = "incident 4711: v1 answers in French";
  EXPECT_FALSE(gates_->may_release(wanted));  // a member
  EXPECT_EQ(overrides(), 0u);
  wanted.role = access::Role::admin;
  wanted.override_reason = "ok";
  EXPECT_FALSE(gates_->may_release(wanted));  // no reason
  wanted.override_reason = "incident 4711: v1 answers in French";
  EXPECT_TRUE(gates_->may_release(wanted));
  EXPECT_EQ(outcome(), "overridden");
  EXPECT_EQ(overrides(), 1u);
  const auto rows = gates_->decisions("default", "prod", 0, 10);
  EXPECT_EQ(rows->front().reason, "incident 4711: v1 answers in French");
  EXPECT_EQ(rows->size(), 3u);
}

TEST_F(GatesTest, EveryGateOfAPlaceMustPass) {
  create(gate());
  Gate second = gate();
  second.name = "second";
  second.dataset = "other";
  create(second);
  run("greet@v2", "pppppppppp");
  const Status got = gates_->may_release(to("v2"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().param, "second");
  EXPECT_EQ(outcome(), "passed");
}

TEST_F(GatesTest, LiveIsTheBaselineAndMustHaveARun) {
  create(gate(R"({"name":"prod","guards":{"kind":"prompt_label","object":"*"},
      "dataset":"smoke","baseline":"live","rules":{"no_regression":true}})"));
  run("greet@v2", "pppppppppp");
  Status got = gates_->may_release(to("v2"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("prompt=greet@v1"), std::string::npos);
  run("greet@v1", "ppppppppff");
  EXPECT_TRUE(gates_->may_release(to("v2")));
  run("greet@v3", "fppppppppp");
  got = gates_->may_release(to("v3"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("c000"), std::string::npos);
}

TEST_F(GatesTest, TheRunMustHaveBeenOfWhatTheGateAsksBesides) {
  Gate with = gate();
  with.with.emplace("model", "small");
  create(with);
  results_.add(run_of({{"prompt", "greet@v2"}, {"model", "large"}}), cases_of("pppppppppp"));
  EXPECT_FALSE(gates_->may_release(to("v2")));
  results_.add(run_of({{"prompt", "greet@v2"}, {"model", "small"}}), cases_of("pppppppppp"));
  EXPECT_TRUE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, ARunThatWasGradedByItsOwnRulesDoesNotCountUnlessTheGateNamesThem) {
  create(gate());
  run("greet@v2", "ffffffffff");
  const std::string own =
      results_.add(run_of({{"prompt", "greet@v2"}, {"grading", "1234"}}), cases_of("pppppppppp"))
          .id;
  EXPECT_FALSE(gates_->may_release(to("v2"))) << "the newest run by the dataset's own rules fails";
  const Gate strict = *gates_->find("default", "prod");
  EXPECT_FALSE(gates_->check(strict, {.run = own})->passed);
  EXPECT_FALSE(
      gates_->check(strict, {.candidate = {{"prompt", "greet@v2"}, {"grading", "1234"}}})->passed)
      << "a question cannot make a gate milder";
  results_.add(run_of({{"prompt", "greet@v3"}, {"grading", "1234"}}), cases_of("pppppppppp"));
  const Status refused = gates_->may_release(to("v3"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("grading=1234"), std::string::npos)
      << refused.error().message;
  ASSERT_TRUE(gates_->remove("default", "prod", access::Actor::program()));
  Gate naming = gate();
  naming.with.emplace("grading", "1234");
  create(naming);
  EXPECT_TRUE(gates_->may_release(to("v2")));
  naming.name = "other";
  naming.with["grading"] = "9999";
  create(naming);
  EXPECT_FALSE(gates_->may_release(to("v2")));
}

TEST_F(GatesTest, ABaselineIsGradedAlike) {
  create(gate(R"({"name":"prod","guards":{"kind":"prompt_label","object":"*"},
      "dataset":"smoke","baseline":"live","rules":{"no_regression":true}})"));
  run("greet@v1", "pp");
  results_.add(run_of({{"prompt", "greet@v1"}, {"grading", "1234"}}), cases_of("ff"));
  run("greet@v2", "ff");
  EXPECT_FALSE(gates_->may_release(to("v2"))) << "a harsher baseline would hide the regression";
}

TEST_F(GatesTest, WhatMovesTogetherIsDecidedTogether) {
  create(gate(R"({"name":"prod","guards":{"kind":"index_version","object":"handbook"},
      "dataset":"smoke","override_role":"member","rules":{"min_pass_rate":0.9}})"));
  create(gate(R"({"name":"cut","guards":{"kind":"chunking","object":"handbook"},
      "dataset":"smoke","rules":{"min_pass_rate":0.9}})"));
  access::Release index = to("v2");
  index.kind = "index_version";
  index.object = "handbook";
  index.slot.clear();
  index.override_reason = "incident 4711: nothing is found";
  access::Release cut = index;
  cut.kind = "chunking";
  cut.to = "chunk-1 words 40/0";
  const std::array both{index, cut};
  bool moved = false;
  const auto move = [&]() -> Status {
    moved = true;
    return {};
  };
  EXPECT_FALSE(gates_->release(both, move)) << "a member may pass over one of the two";
  EXPECT_FALSE(moved);
  EXPECT_EQ(outcome(), "refused");
  EXPECT_EQ(overrides(), 0u) << "nothing went live, so nothing was overridden";
  results_.add(run_of({{"index", "handbook@v2"}, {"chunker", "chunk-1 words 40/0"}}),
               cases_of("pppppppppp"));
  EXPECT_TRUE(gates_->release(both, move));
  EXPECT_TRUE(moved);
  EXPECT_EQ(outcome(), "passed");
}

TEST_F(GatesTest, APlaceKnowsTheGateThatHoldsIt) {
  create(gate());
  EXPECT_EQ(gates_->holding("default", "prompt_label", "greet", "production"), "prod");
  EXPECT_EQ(gates_->holding("default", "prompt_label", "greet", "staging"), "");
  EXPECT_EQ(gates_->holding("acme", "prompt_label", "greet", "production"), "");
}

TEST_F(GatesTest, ASplitLabelIsHeldByItsNewVersions) {
  create(gate(R"({"name":"prod","guards":{"kind":"prompt_label","object":"*"},
      "dataset":"smoke","baseline":"live","rules":{"no_regression":true}})"));
  access::Release split = to("v3");
  split.from = "v3:10,v4:90";
  EXPECT_TRUE(gates_->may_release(split)) << "only its weight changes";
  split.to = "v5";
  run("greet@v5", "pp");
  EXPECT_NE(gates_->may_release(split).error().message.find("prompt=greet@v4"), std::string::npos);
  run("greet@v4", "pp");
  EXPECT_TRUE(gates_->may_release(split));
}

TEST_F(GatesTest, TakingTheLabelAwayIsAChange) {
  create(gate());
  EXPECT_FALSE(gates_->may_release(to("")));
}

TEST_F(GatesTest, GatesSurviveARestartAndADamagedOneIsRefused) {
  create(gate());
  gates_.reset();
  open();
  EXPECT_FALSE(gates_->may_release(to("v2")));
  gates_.reset();
  ASSERT_TRUE(db_->execute("UPDATE gates SET body = '{}'"));
  EXPECT_EQ(Gates::open(*db_, clock_, *audit_).error().code, Code::corrupt);
}

TEST_F(GatesTest, NothingCanBeDecidedBeforeRunsCanBeRead) {
  create(gate());
  gates_ = *Gates::open(*db_, clock_, *audit_);
  EXPECT_EQ(gates_->may_release(to("v2")).error().code, Code::gate_refused);
}

TEST_F(GatesTest, AGateIsMadeOnceAndDeletedOnce) {
  create(gate());
  EXPECT_EQ(gates_->create(gate(), access::Actor::program()).error().code, Code::conflict);
  EXPECT_TRUE(gates_->remove("default", "prod", access::Actor::program()));
  EXPECT_EQ(gates_->remove("default", "prod", access::Actor::program()).error().code,
            Code::not_found);
  EXPECT_TRUE(gates_->may_release(to("v2")));
  Gate foreign = gate(R"({"name":"m","guards":{"kind":"model","object":"small"},
      "dataset":"smoke","rules":{"min_pass_rate":0.9}})");
  foreign.tenant = "acme";
  EXPECT_EQ(gates_->create(foreign, access::Actor::program()).error().code, Code::forbidden);
}

TEST_F(GatesTest, AnErasedTenantLeavesNothing) {
  create(gate());
  (void)gates_->may_release(to("v2"));
  ASSERT_TRUE(gates_->erase(*db_, "default"));
  gates_->forget("default");
  EXPECT_TRUE(gates_->may_release(to("v2")));
  auto left = *db_->prepare("SELECT count(*) FROM gate_decisions");
  ASSERT_TRUE(*left.step());
  EXPECT_EQ(left.integer(0), 0);
}

TEST_F(GatesTest, ACheckAnswersForACandidateOrARun) {
  create(gate());
  const std::string id = run("greet@v2", "pppppppppp");
  const Gate one = *gates_->find("default", "prod");
  EXPECT_TRUE(gates_->check(one, {.candidate = {{"prompt", "greet@v2"}}})->passed);
  EXPECT_FALSE(gates_->check(one, {.candidate = {{"prompt", "greet@v3"}}})->passed);
  EXPECT_TRUE(gates_->check(one, {.run = id})->passed);
  EXPECT_EQ(gates_->check(one, {.candidate = {{"prompt", "other@v2"}}}).error().code,
            Code::invalid_request);
  EXPECT_EQ(gates_->check(one, {.run = "r77"}).error().code, Code::not_found);
}

}  // namespace
}  // namespace maester::evals
