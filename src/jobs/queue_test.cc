#include "jobs/queue.h"

#include <algorithm>
#include <cmath>

#include "jobs/queue_testing.h"

namespace maester::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(QueueTest, AJobRunsOnceAndIsDone) {
  const std::string id = add("acme");
  EXPECT_EQ(job("acme", id).state, State::queued);
  auto lease = take();
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->job.id, id);
  EXPECT_EQ(job("acme", id).state, State::running);
  EXPECT_FALSE(take());
  const auto done = leases().finish(*lease, R"({"chunks":3})");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->state, State::succeeded);
  EXPECT_EQ(job("acme", id).result, R"({"chunks":3})");
  EXPECT_EQ(job("acme", id).progress(), 1);
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, AJobOfARolledBackTransactionWasNever) {
  std::string id;
  {
    const auto db = work_->use();
    const Status undone = db->transaction([&]() -> Status {
      TRY_ASSIGN(const auto added, queue_->add(*db, {.tenant = "acme", .kind = "work"}));
      id = added.id;
      return fail(Code::conflict, "");
    });
    EXPECT_FALSE(undone);
  }
  EXPECT_EQ(queue_->find("acme", id).error().code, Code::not_found);
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, AnotherTenantsJobIsUnknown) {
  const std::string id = add("acme");
  for (const Code code :
       {queue_->find("other", id).error().code, queue_->cancel("other", id).error().code,
        queue_->retry("other", id).error().code}) {
    EXPECT_EQ(code, Code::not_found);
  }
  EXPECT_TRUE(queue_->list("other", std::nullopt, "", 10)->jobs.empty());
}

TEST_F(QueueTest, ALiveJobStandsForAnotherOfItsKey) {
  const NewJob asked{.tenant = "acme", .kind = "work", .unique_key = "doc-1"};
  const auto first = add(asked);
  const auto second = add(asked);
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.id, first.id);
  NewJob elsewhere = asked;
  elsewhere.tenant = "other";
  EXPECT_TRUE(add(elsewhere).created);
  auto lease = take();
  EXPECT_FALSE(add(asked).created) << "it runs";
  ASSERT_TRUE(leases().finish(*lease, "{}"));
  EXPECT_TRUE(add(asked).created) << "it ended";
}

TEST_F(QueueTest, FailuresAreTriedAgainLaterAndLaterAndAtLastGivenUp) {
  const std::string id = add("acme");
  for (std::int64_t attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    auto lease = take();
    ASSERT_TRUE(lease) << attempt;
    EXPECT_EQ(lease->job.attempts, attempt);
    const WallTime before = clock_.wall();
    const auto after = leases().finish(*lease, fail(error(Code::upstream_error)));
    ASSERT_TRUE(after);
    if (attempt == kMaxAttempts) {
      EXPECT_EQ(after->state, State::dead);
      break;
    }
    ASSERT_EQ(after->state, State::retry_wait);
    const double expected = std::min(3600.0, std::pow(static_cast<double>(attempt), 4));
    const double delay = std::chrono::duration<double>(after->due_at - before).count();
    EXPECT_GE(delay, 0.9 * expected);
    EXPECT_LE(delay, 1.1 * expected);
    EXPECT_FALSE(take()) << "before its time";
    clock_.advance(after->due_at - before);
  }
  EXPECT_EQ(job("acme", id).error->code, Code::upstream_error);
  clock_.advance(hours{24});
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, AFaultOfTheInputIsNotTriedAgain) {
  const std::string id = add("acme");
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::unprocessable))));
  EXPECT_EQ(job("acme", id).state, State::failed);
  clock_.advance(hours{24});
  EXPECT_FALSE(take());
}

TEST_F(QueueTest, ASpentBudgetIsWaitedForWithoutLosingAttempts) {
  const std::string id = add("acme");
  for (int i = 0; i < 20; ++i) {
    auto lease = take();
    ASSERT_TRUE(lease);
    ASSERT_TRUE(leases().finish(*lease, fail(error(Code::budget_exceeded))));
    EXPECT_EQ(job("acme", id).state, State::retry_wait);
    clock_.advance(minutes{12});
  }
  EXPECT_EQ(job("acme", id).attempts, 0);
}

TEST_F(QueueTest, OneClickRunsADeadJobAgainUnderItsIdWithWhatItsStepsKept) {
  const std::string id = add("acme");
  auto lease = take();
  ASSERT_TRUE(leases().step_done(*lease, {.name = "extract", .state = State::succeeded}, "[1]"));
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::unprocessable))));
  ASSERT_EQ(queue_->retry("acme", id)->state, State::queued);
  lease = take();
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->job.id, id);
  EXPECT_EQ(lease->job.attempts, 1);
  EXPECT_EQ(lease->outputs["extract"], "[1]");
  ASSERT_TRUE(leases().finish(*lease, "{}"));
  EXPECT_EQ(queue_->retry("acme", id).error().code, Code::conflict) << "it succeeded";
}

TEST_F(QueueTest, ARetryInWaitingRunsNow) {
  const std::string id = add("acme");
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::upstream_error))));
  EXPECT_FALSE(take());
  ASSERT_TRUE(queue_->retry("acme", id));
  lease = take();
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->job.attempts, 2) << "it goes on, it does not begin anew";
}

TEST_F(QueueTest, ARetryThatMeetsAnotherLiveJobOfItsKeyIsRefused) {
  const NewJob asked{.tenant = "acme", .kind = "work", .unique_key = "doc-1"};
  const std::string id = add(asked).id;
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::unprocessable))));
  add(asked);
  EXPECT_EQ(queue_->retry("acme", id).error().code, Code::conflict);
  EXPECT_EQ(job("acme", id).state, State::failed);
}

TEST_F(QueueTest, CancelEndsAJobInEveryLiveState) {
  const std::string queued = add("acme", "queued");
  EXPECT_EQ(queue_->cancel("acme", queued)->state, State::cancelled);
  EXPECT_FALSE(take());

  const std::string waits = add("acme", "waits");
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::upstream_error))));
  EXPECT_EQ(queue_->cancel("acme", waits)->state, State::cancelled);

  const std::string runs = add("acme", "runs");
  lease = take();
  EXPECT_EQ(queue_->cancel("acme", runs)->state, State::cancelled);
  EXPECT_TRUE(lease->live->revoked());
  EXPECT_EQ(leases().finish(*lease, "{}").error().code, Code::cancelled);
  EXPECT_EQ(job("acme", runs).state, State::cancelled);

  EXPECT_EQ(queue_->cancel("acme", runs)->state, State::cancelled) << "again is the same";
  const std::string done = add("acme", "done");
  lease = take();
  ASSERT_TRUE(leases().finish(*lease, "{}"));
  EXPECT_EQ(queue_->cancel("acme", done).error().code, Code::conflict);
}

TEST_F(QueueTest, ListsPageNewestFirstAndByState) {
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(add("acme", std::to_string(i)));
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = queue_->list("acme", std::nullopt, cursor, 3);
    ASSERT_TRUE(page);
    for (const Job& one : page->jobs) seen.push_back(one.id);
    cursor = page->next_cursor;
  } while (!cursor.empty());
  std::reverse(ids.begin(), ids.end());
  EXPECT_EQ(seen, ids);
  ASSERT_TRUE(take());
  EXPECT_EQ(queue_->list("acme", State::running, "", 10)->jobs.size(), 1u);
  EXPECT_EQ(queue_->list("acme", State::queued, "", 10)->jobs.size(), 6u);
  EXPECT_EQ(queue_->list("acme", std::nullopt, "x", 10).error().code, Code::invalid_request);
}

TEST_F(QueueTest, ProgressComesOutOfTheStepsAndIsSeenBeforeItIsDurable) {
  const std::string id =
      add(NewJob{.tenant = "acme", .kind = "work", .steps = {"extract", "embed"}}).id;
  EXPECT_EQ(job("acme", id).steps.size(), 2u);
  EXPECT_EQ(job("acme", id).progress(), 0);
  auto lease = take();
  ASSERT_TRUE(leases().step_done(*lease, {.name = "extract", .state = State::succeeded}, ""));
  EXPECT_DOUBLE_EQ(job("acme", id).progress(), 0.5);
  lease->live->begin_step("embed", clock_.wall());
  lease->live->progress(5, 10);
  EXPECT_DOUBLE_EQ(job("acme", id).progress(), 0.75);
  EXPECT_EQ(job("acme", id).steps[1].state, State::running);
  ASSERT_TRUE(leases().keep(false));
  lease->live->end_step();
  EXPECT_DOUBLE_EQ(job("acme", id).progress(), 0.75) << "kept";
}

TEST_F(QueueTest, OldJobsGoAndDeadOnesLater) {
  const std::string good = add("acme", "good");
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, "{}"));
  const std::string bad = add("acme", "bad");
  lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::unprocessable))));
  clock_.advance(kKeepEnded - hours{1});
  EXPECT_EQ(leases().purge(), 0);
  clock_.advance(hours{2});
  EXPECT_EQ(leases().purge(), 1);
  EXPECT_FALSE(queue_->find("acme", good));
  clock_.advance(kKeepDead);
  EXPECT_EQ(leases().purge(), 1);
  EXPECT_FALSE(queue_->find("acme", bad));
}

TEST_F(QueueTest, ErasingATenantTakesItsJobsAndNothingIsTakenForItAnyMore) {
  const std::string gone = add("acme");
  const std::string stays = add("other");
  auto lease = take();
  ASSERT_EQ(lease->job.id, gone);
  ASSERT_TRUE(queue_->schedules().put(
      {.tenant = "acme", .name = "nightly", .timetable = "@daily", .kind = "work"}));
  queue_->forget("acme");
  {
    const auto db = work_->use();
    ASSERT_TRUE(db->transaction([&] { return queue_->erase(*db, "acme"); }));
    EXPECT_EQ(queue_->add(*db, {.tenant = "acme", .kind = "work"}).error().code,
              Code::unauthenticated);
  }
  EXPECT_TRUE(lease->live->revoked());
  EXPECT_FALSE(leases().finish(*lease, "{}"));
  EXPECT_FALSE(queue_->find("acme", gone));
  EXPECT_TRUE(queue_->schedules().list("acme")->empty());
  EXPECT_TRUE(queue_->find("other", stays));
}

}  // namespace
}  // namespace maester::jobs
