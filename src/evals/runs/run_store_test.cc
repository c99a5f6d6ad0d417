#include "evals/runs/run_store.h"

#include "evals/runs/run_spec.h"
#include "jobs/queue_testing.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

class RunStoreTest : public jobs::QueueTest {
 protected:
  void SetUp() override {
    control_.emplace(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
    vault_ = std::move(
        *access::Vault::open(*control_, access::SecretKey(std::string(32, 'k')), random_));
    ASSERT_TRUE(vault_->ensure("acme"));
    auto runs = RunStore::open(*work_, *queue_, *vault_, clock_, random_);
    ASSERT_TRUE(runs) << runs.error().detail;
    runs_ = std::move(*runs);
  }

  evals::Run make(Reducer reducer = Reducer::mean, std::optional<FemtoUsd> ceiling = {}) {
    evals::Run run;
    run.tenant = "acme";
    run.dataset = "d";
    run.dataset_version = 2;
    run.reducer = reducer;
    run.spec = "{}";
    run.candidate = {{"prompt", "say@v1"}};
    auto made = runs_->create(std::move(run), 4, ceiling);
    EXPECT_TRUE(made) << made.error().detail;
    return made.value_or(evals::Run{});
  }
  std::optional<jobs::Lease> lease() {
    auto taken = leases().take({.kinds = {"eval_run"}, .per_tenant = 2, .worker = "w"});
    return taken ? std::move(taken->lease) : std::nullopt;
  }
  std::function<Status(store::Database&)> fence(const jobs::Lease& lease) {
    return [this, &lease](store::Database& db) { return leases().get_on(db, lease); };
  }
  static CaseResult result(std::string id, std::int64_t repeat, Verdict verdict, double score,
                           const char* cost = "0.5") {
    CaseResult out;
    out.case_id = std::move(id);
    out.repeat = repeat;
    out.verdict = verdict;
    out.score = score;
    out.output = "the answer";
    out.reason = "because";
    out.cost = FemtoUsd::parse(cost);
    out.latency_ms = 10 * (repeat + 1);
    out.scores = {{"m", score}};
    if (verdict != Verdict::pass) out.failure = "failed_check";
    return out;
  }
  std::vector<CaseResult> all(const evals::Run& run) {
    std::vector<CaseResult> out;
    EXPECT_TRUE(runs_->for_each_case("acme", run.id, true, [&](const CaseResult& one) {
      out.push_back(one);
      return Status();
    }));
    return out;
  }

  std::optional<store::Database> control_;
  std::unique_ptr<access::Vault> vault_;
  std::unique_ptr<RunStore> runs_;
};

// Planted bug: add() without its fence.
TEST_F(RunStoreTest, AWorkerThatLostItsLeaseWritesNoResult) {
  const evals::Run run = make();
  auto slept = lease();
  ASSERT_TRUE(slept);
  const CaseResult early[] = {result("a", 0, Verdict::pass, 1)};
  ASSERT_TRUE(runs_->add(run, early, fence(*slept)));
  clock_.advance(jobs::kLease + std::chrono::seconds{1});
  ASSERT_EQ(leases().reap()->size(), 1u);
  const CaseResult late[] = {result("b", 0, Verdict::pass, 1)};
  EXPECT_EQ(runs_->add(run, late, fence(*slept)).error().code, Code::cancelled);
  EXPECT_EQ(runs_->finish(run, RunState::succeeded, {}, fence(*slept)).error().code,
            Code::cancelled);
  ASSERT_EQ(all(run).size(), 1u);
  EXPECT_EQ(runs_->find("acme", run.id)->state, RunState::queued);
}

TEST_F(RunStoreTest, ARunThatGetsOnIsNoPoison) {
  const evals::Run run = make();
  for (int crash = 0; crash < 6; ++crash) {
    auto taken = lease();
    ASSERT_TRUE(taken) << crash;
    const CaseResult one[] = {result("c" + std::to_string(crash), 0, Verdict::pass, 1)};
    ASSERT_TRUE(runs_->add(run, one, fence(*taken)));
    clock_.advance(jobs::kLease + std::chrono::seconds{1});
    ASSERT_EQ(leases().reap()->size(), 1u);
    clock_.advance(std::chrono::hours{2});
  }
  EXPECT_EQ(job("acme", run.job_id).state, jobs::State::retry_wait);
}

TEST_F(RunStoreTest, AResultIsWrittenOnceAndReadBackWhole) {
  const evals::Run run = make();
  auto taken = lease();
  const CaseResult first[] = {result("a", 0, Verdict::fail, 0.25)};
  CaseResult second[] = {result("a", 0, Verdict::pass, 1)};
  ASSERT_TRUE(runs_->add(run, first, fence(*taken)));
  ASSERT_TRUE(runs_->add(run, second, fence(*taken)));
  const auto kept = all(run);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].verdict, Verdict::fail);
  EXPECT_EQ(kept[0].score, 0.25);
  EXPECT_EQ(kept[0].scores.at("m"), 0.25);
  EXPECT_EQ(kept[0].output, "the answer");
  EXPECT_EQ(kept[0].cost, FemtoUsd::parse("0.5"));
  EXPECT_EQ(runs_->done(run, "a", "z")->size(), 1u);
}

TEST_F(RunStoreTest, SumsAreOverCasesAsTheReducerSays) {
  const auto sums = [&](Reducer reducer) {
    const evals::Run run = make(reducer);
    auto taken = lease();
    const CaseResult rows[] = {result("a", 0, Verdict::pass, 1), result("a", 1, Verdict::fail, 0.5),
                               result("b", 0, Verdict::error, 1), result("b", 1, Verdict::fail, 0)};
    EXPECT_TRUE(runs_->add(run, rows, fence(*taken)));
    EXPECT_TRUE(runs_->finish(run, RunState::succeeded, {}, fence(*taken)));
    EXPECT_TRUE(leases().finish(*taken, "{}"));
    return runs_->find("acme", run.id)->summary;
  };
  const RunSummary mean = sums(Reducer::mean);
  EXPECT_EQ(mean.cases, 2);
  EXPECT_EQ(mean.repeats, 2);
  EXPECT_EQ(mean.passed, 1);
  EXPECT_EQ(mean.failed, 2);
  EXPECT_EQ(mean.errors, 1);
  EXPECT_EQ(mean.cases_passed, 0);
  EXPECT_EQ(mean.score, 0.375) << "an error's score is 0 whatever it says";
  EXPECT_EQ(mean.cost, FemtoUsd::parse("2"));
  EXPECT_EQ(mean.p50_latency_ms, 20) << "of what is no error";
  EXPECT_EQ(sums(Reducer::all).score, 0.25);
  const RunSummary any = sums(Reducer::pass_at_k);
  EXPECT_EQ(any.score, 0.5);
  EXPECT_EQ(any.cases_passed, 1);
}

TEST_F(RunStoreTest, WhatARetryTakesOutStillCountsAsSpent) {
  const evals::Run run = make(Reducer::mean, FemtoUsd::parse("3"));
  auto taken = lease();
  const CaseResult rows[] = {result("a", 0, Verdict::pass, 1), result("b", 0, Verdict::error, 0)};
  ASSERT_TRUE(runs_->add(run, rows, fence(*taken)));
  ASSERT_TRUE(runs_->finish(run, RunState::failed, make_error(Code::budget_exceeded, "spent"),
                            fence(*taken)));
  ASSERT_TRUE(leases().finish(*taken, fail(Code::unprocessable, "spent")));
  EXPECT_EQ(runs_->find("acme", run.id)->error->code, Code::budget_exceeded);
  const auto again = runs_->retry("acme", run.id, FemtoUsd::parse("9"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->state, RunState::queued);
  EXPECT_EQ(all(run).size(), 1u);
  const auto work = runs_->work(run);
  EXPECT_EQ(work->spent, FemtoUsd::parse("1"));
  EXPECT_EQ(work->attempt, 2);
  EXPECT_EQ(work->max_cost, FemtoUsd::parse("9"));
}

// The bug: a retry that came before the job had told its end was given that job, and failed with
// it.
TEST_F(RunStoreTest, ARetryDoesNotHangOnTheJobThatIsJustEnding) {
  const evals::Run run = make();
  auto taken = lease();
  ASSERT_TRUE(runs_->finish(run, RunState::failed, make_error(Code::budget_exceeded, "spent"),
                            fence(*taken)));
  const auto again = runs_->retry("acme", run.id, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_NE(again->job_id, run.job_id);
  ASSERT_TRUE(leases().finish(*taken, fail(Code::unprocessable, "spent")));
  EXPECT_EQ(runs_->find("acme", run.id)->state, RunState::queued);
}

TEST_F(RunStoreTest, ARunWhoseJobDiedHasFailed) {
  const evals::Run run = make();
  auto taken = lease();
  ASSERT_TRUE(runs_->set_running(run, fence(*taken)));
  EXPECT_EQ(runs_->find("acme", run.id)->state, RunState::running);
  ASSERT_TRUE(leases().finish(*taken, fail(Code::not_found, "It is gone.")));
  const auto found = runs_->find("acme", run.id);
  EXPECT_EQ(found->state, RunState::failed);
  EXPECT_EQ(found->error->message, "It is gone.");
}

TEST_F(RunStoreTest, AnotherTenantsRunIsAsOneThatIsNot) {
  const evals::Run run = make();
  EXPECT_EQ(runs_->find("other", run.id).error().message.substr(0, 12), "There is no ");
  EXPECT_EQ(runs_->cancel("other", run.id).error().code, Code::not_found);
  EXPECT_TRUE(runs_->list("other", {})->runs.empty());
  EXPECT_EQ(runs_->list("acme", {.candidate = {{"prompt", "say@v1"}}})->runs.size(), 1u);
  EXPECT_TRUE(runs_->list("acme", {.candidate = {{"prompt", "say@v2"}}})->runs.empty());
}

}  // namespace
}  // namespace maester::evals
