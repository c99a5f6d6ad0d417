// Leases: whose turn it is, who may write, and what becomes of a job whose worker is gone.
#include "jobs/lease.h"

#include <map>

#include "jobs/queue_testing.h"

namespace maester::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using LeaseTest = QueueTest;

TEST_F(LeaseTest, TenantsTakeTurnsWhateverTheirBacklog) {
  for (int i = 0; i < 1000; ++i) add("big");
  for (int i = 0; i < 5; ++i) add("small");
  std::map<std::string, int> turns;
  for (int i = 0; i < 10; ++i) {
    auto lease = take();
    ASSERT_TRUE(lease);
    ++turns[lease->job.tenant];
    ASSERT_TRUE(leases().finish(*lease, "{}"));
  }
  EXPECT_EQ(turns["small"], 5);
}

TEST_F(LeaseTest, ATenantRunsNoMoreThanItsCapAtATime) {
  for (int i = 0; i < 5; ++i) add("acme");
  add("other");
  std::vector<Lease> held;
  while (auto lease = take(2)) held.push_back(std::move(*lease));
  ASSERT_EQ(held.size(), 3u);
  EXPECT_EQ(queue_->list("acme", State::running, "", 10)->jobs.size(), 2u);
  for (Lease& lease : held) {
    if (lease.job.tenant == "acme") ASSERT_TRUE(leases().finish(lease, "{}"));
  }
  EXPECT_TRUE(take(2));
}

TEST_F(LeaseTest, PriorityGoesFirstAndAgeOvertakesIt) {
  const auto add_at = [&](Priority priority, std::string subject) {
    add(NewJob{.tenant = "acme", .kind = "work", .subject = subject, .priority = priority});
  };
  const auto next = [&] {
    auto lease = take();
    if (!lease) return std::string("none");
    EXPECT_TRUE(leases().finish(*lease, "{}"));
    return lease->job.subject;
  };
  add_at(Priority::low, "low");
  add_at(Priority::normal, "normal");
  add_at(Priority::high, "high");
  EXPECT_EQ(next(), "high");
  EXPECT_EQ(next(), "normal");
  EXPECT_EQ(next(), "low");
  add_at(Priority::low, "old and low");
  clock_.advance(2 * kAging + minutes{1});
  add_at(Priority::high, "young and high");
  EXPECT_EQ(next(), "old and low");
}

TEST_F(LeaseTest, AJobDoesNotBeginBeforeItsTime) {
  add(NewJob{.tenant = "acme",
             .kind = "work",
             .subject = "later",
             .not_before = clock_.wall() + minutes{5}});
  const auto taken = leases().take({.kinds = {"work"}, .worker = "w"});
  ASSERT_TRUE(taken);
  EXPECT_FALSE(taken->lease);
  EXPECT_EQ(taken->next_due, clock_.wall() + minutes{5});
  add("acme", "now");
  EXPECT_EQ(take()->job.subject, "now") << "one that is not due holds up nothing";
  clock_.advance(minutes{5});
  EXPECT_EQ(take()->job.subject, "later");
}

TEST_F(LeaseTest, AKindWithoutHandlerIsLeftAndHoldsUpNothing) {
  add(NewJob{.tenant = "acme", .kind = "strange", .subject = "strange"});
  add("acme", "known");
  EXPECT_EQ(take()->job.subject, "known");
  EXPECT_FALSE(take());
}

TEST_F(LeaseTest, ASleptWorkerCommitsNothing) {
  const std::string id = add("acme");
  auto slept = take();
  clock_.advance(kLease + seconds{1});
  ASSERT_EQ(leases().reap()->size(), 1u);
  EXPECT_TRUE(slept->live->revoked());
  clock_.advance(seconds{5});
  auto second = take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->job.attempts, 2);
  EXPECT_GT(second->epoch, slept->epoch);
  {
    const auto db = work_->use();
    EXPECT_EQ(leases().fence(*db, *slept).error().code, Code::cancelled);
    EXPECT_TRUE(leases().fence(*db, *second));
  }
  EXPECT_EQ(leases().step_done(*slept, {.name = "x", .state = State::succeeded}, "").error().code,
            Code::cancelled);
  bool written = false;
  const auto committed =
      leases().commit_step(*slept, {.name = "x"}, [&](store::Database&) -> Result<std::string> {
        written = true;
        return "";
      });
  EXPECT_EQ(committed.error().code, Code::cancelled);
  EXPECT_FALSE(written);
  EXPECT_EQ(leases().finish(*slept, "\"slept\"").error().code, Code::cancelled);
  EXPECT_EQ(leases().release(*slept).error().code, Code::cancelled);
  ASSERT_TRUE(leases().finish(*second, "\"second\""));
  EXPECT_EQ(job("acme", id).result, "\"second\"");
  EXPECT_TRUE(job("acme", id).steps.empty());
}

TEST_F(LeaseTest, ABeatKeepsTheLease) {
  add("acme");
  auto lease = take();
  for (int i = 0; i < 20; ++i) {
    clock_.advance(kBeat);
    lease->live->sign_of_life(clock_.mono());
    ASSERT_TRUE(leases().keep(true));
    ASSERT_TRUE(leases().reap()->empty());
  }
  EXPECT_TRUE(leases().finish(*lease, "{}"));
}

TEST_F(LeaseTest, AHandlerThatGivesNoSignOfLifeLosesItsJob) {
  const std::string id = add("acme");
  auto lease = take();
  std::size_t taken_back = 0;
  nanoseconds waited{0};
  std::int64_t seen = 0;
  lease->live->begin_step("spin", clock_.wall());
  while (taken_back == 0 && waited < 3 * kSilence) {
    clock_.advance(kBeat);
    waited += kBeat;
    lease->live->progress(++seen, 1000);  // what is written of it is no sign of life
    ASSERT_TRUE(leases().keep(true));
    taken_back = leases().reap()->size();
  }
  EXPECT_EQ(taken_back, 1u);
  EXPECT_GE(waited, kSilence);
  EXPECT_LE(waited, kSilence + kLease + 2 * kBeat);
  EXPECT_EQ(job("acme", id).state, State::retry_wait);
  EXPECT_EQ(job("acme", id).crashes, 1);
}

TEST_F(LeaseTest, AStartTakesBackWhatTheDeadProcessHeld) {
  const std::string id = add("acme");
  ASSERT_TRUE(take());
  open();
  EXPECT_EQ(leases().recovered(), 1);
  const Job after = job("acme", id);
  EXPECT_EQ(after.state, State::retry_wait);
  EXPECT_EQ(after.crashes, 1);
  clock_.advance(seconds{2});
  EXPECT_TRUE(take());
}

TEST_F(LeaseTest, AJobThatKillsItsWorkerThreeTimesIsLeftAlone) {
  const std::string id = add("acme");
  for (int i = 0; i < kMaxCrashes; ++i) {
    ASSERT_TRUE(take()) << i;
    open();
    clock_.advance(minutes{5});
  }
  EXPECT_EQ(job("acme", id).state, State::dead);
  EXPECT_FALSE(take());
  ASSERT_TRUE(queue_->retry("acme", id));
  EXPECT_EQ(job("acme", id).crashes, 0);
  EXPECT_TRUE(take());
}

TEST_F(LeaseTest, AJobThatGetsOnBetweenCrashesIsNoPoison) {
  const std::string id = add("acme");
  for (int i = 0; i < 6; ++i) {
    auto lease = take();
    ASSERT_TRUE(lease) << i;
    ASSERT_TRUE(leases().step_done(
        *lease, {.name = "part " + std::to_string(i), .state = State::succeeded}, ""));
    open();
    clock_.advance(std::chrono::hours{1});
  }
  EXPECT_EQ(job("acme", id).state, State::retry_wait);
  auto lease = take();
  EXPECT_EQ(lease->outputs.size(), 6u);
}

TEST_F(LeaseTest, AStopGivesBackWithoutCountingTheAttempt) {
  const std::string id = add("acme");
  for (int i = 0; i < 20; ++i) {
    auto lease = take();
    ASSERT_TRUE(lease) << i;
    EXPECT_EQ(lease->job.attempts, 1);
    ASSERT_TRUE(leases().release(*lease));
    EXPECT_EQ(job("acme", id).state, State::queued);
    open();
  }
  EXPECT_EQ(job("acme", id).attempts, 0);
  EXPECT_EQ(job("acme", id).crashes, 0);
}

TEST_F(LeaseTest, AStepThatRanWhenTheWorkerDiedIsNamed) {
  const std::string id = add("acme");
  auto lease = take();
  lease->live->begin_step("extract", clock_.wall());
  ASSERT_TRUE(leases().keep(false));
  open();
  const Job after = job("acme", id);
  ASSERT_EQ(after.steps.size(), 1u);
  EXPECT_EQ(after.steps[0].state, State::failed);
  EXPECT_THAT(after.error->message, ::testing::HasSubstr("`extract`"));
}

TEST_F(LeaseTest, GaugesCountWhatLives) {
  add("acme");
  add("acme");
  add("other");
  auto lease = take();
  const auto gauges = leases().gauges();
  ASSERT_TRUE(gauges);
  std::map<State, std::int64_t> counts;
  for (const Gauge& gauge : *gauges) counts[gauge.state] += gauge.jobs;
  EXPECT_EQ(counts[State::running], 1);
  EXPECT_EQ(counts[State::queued], 2);
}

}  // namespace
}  // namespace maester::jobs
