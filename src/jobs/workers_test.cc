#include "jobs/workers.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include "jobs/doctor.h"
#include "jobs/rules.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/test_directory.h"
#include "telemetry/span_store.h"

namespace maester::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

// The system's clocks, moved on by hand. Thread-safe.
class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return system_.wall() + nanoseconds{by_.load()}; }
  MonoTime mono() const override { return system_.mono() + nanoseconds{by_.load()}; }
  void advance(nanoseconds by) { by_ += by.count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> by_{0};
};

// A gate that a handler waits at until a test opens it.
class Gate {
 public:
  void open() {
    if (!opened_.exchange(true)) promise_.set_value();
  }
  void wait() const { future_.wait(); }
  ~Gate() { open(); }

 private:
  std::atomic<bool> opened_{false};
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest()
      : work_(*store::Database::open(directory_.path() + "/work.db", store::Database::Sync::off)),
        queue_(*Queue::open(work_, clock_, random_)),
        spans_(*telemetry::SpanStore::open(clock_, {.directory = directory_.path() + "/spans"})),
        fd_(::open(log_path().c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)),
        log_(clock_, fd_, obs::Level::debug) {
    make({});
  }
  ~WorkersTest() override {
    workers_.reset();
    log_.flush();
    ::close(fd_);
  }

  void make(const WorkerSettings& settings) {
    workers_ = Workers::make(*queue_, work_, clock_, random_, log_, metrics_, *spans_, settings);
  }
  void start(Handler handler) {
    workers_->handle("work", std::move(handler));
    workers_->start();
  }
  std::string add(NewJob job) {
    Result<Queue::Added> added = fail(Code::internal, "");
    {
      const auto db = work_.use();
      EXPECT_TRUE(db->transaction([&]() -> Status {
        added = queue_->add(*db, job);
        return added ? Status() : fail(added.error());
      }));
    }
    queue_->wake();
    return added->id;
  }
  std::string add(std::string subject = "a", std::string tenant = "acme") {
    return add(NewJob{.tenant = std::move(tenant), .kind = "work", .subject = std::move(subject)});
  }
  // Generous: machines stall.
  Job wait_for(std::string_view id, State state, std::string_view tenant = "acme") {
    Job job;
    for (int i = 0; i < 6000; ++i) {
      job = queue_->find(tenant, id).value_or(Job{});
      if (job.state == state) return job;
      std::this_thread::sleep_for(milliseconds{5});
    }
    ADD_FAILURE() << "it is " << to_string(job.state) << ", not " << to_string(state);
    return job;
  }
  std::string log_path() const { return directory_.path() + "/log"; }
  std::string logged() {
    log_.flush();
    std::ifstream file(log_path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  store::TestDirectory directory_;
  MovedClock clock_;
  SystemRandom random_;
  store::LockedDatabase work_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<telemetry::SpanStore> spans_;
  int fd_;
  obs::Log log_;
  obs::Registry metrics_;
  std::unique_ptr<Workers> workers_;
};

TEST_F(WorkersTest, RunsAJobThroughItsStepsAndTellsOfIt) {
  start([](jobs::Run& run) -> Result<std::string> {
    TRY_ASSIGN(const std::string text,
               run.step("extract", [] { return Result<std::string>("7"); }));
    TRY_ASSIGN(const std::string chunks, run.step("chunk", [&]() -> Result<std::string> {
      TRY(run.progress(3, 4));
      return text + "0";
    }));
    TRY_ASSIGN(const std::string again,
               run.step("extract", [] { return Result<std::string>("8"); }));
    EXPECT_EQ(again, "7");
    return "{\"chunks\":" + chunks + "}";
  });
  const Job job = wait_for(add("handbook.pdf"), State::succeeded);
  EXPECT_EQ(job.result, "{\"chunks\":70}");
  ASSERT_EQ(job.steps.size(), 2u);
  EXPECT_EQ(job.steps[1].name, "chunk");
  EXPECT_EQ(job.steps[1].done, 3);
  workers_->stop();
  EXPECT_THAT(logged(), HasSubstr(R"("event":"job_started")"));
  EXPECT_THAT(logged(), HasSubstr(R"("event":"job_finished")"));
  const auto by_trace = spans_->find("acme", *TraceId::parse(job.trace_id));
  ASSERT_TRUE(by_trace);
  EXPECT_THAT(*by_trace, HasSubstr("job work"));
  EXPECT_THAT(*by_trace, HasSubstr("extract"));
  EXPECT_TRUE(spans_->find("acme", *Uuid::parse(job.id)));
  EXPECT_FALSE(spans_->find("other", *TraceId::parse(job.trace_id)));
  EXPECT_EQ(metrics_
                .counter("maester_job_attempts_ended_total",
                         "Attempts at jobs, by what the job was after.",
                         {{"kind", "work"}, {"state", "succeeded"}})
                .value(),
            1u);
}

TEST_F(WorkersTest, ARetryDoesNotRepeatTheStepsThatEndedWell) {
  std::atomic<int> first{0}, second{0};
  start([&](jobs::Run& run) -> Result<std::string> {
    TRY_ASSIGN(const std::string kept,
               run.step("embed", [&]() -> Result<std::string> { return std::to_string(++first); }));
    TRY(run.step("index", [&]() -> Result<std::string> {
      if (++second < 3) return fail(Code::upstream_error, "Not yet.");
      return "";
    }));
    return kept;
  });
  const std::string id = add();
  const Job waits = wait_for(id, State::retry_wait);
  EXPECT_EQ(waits.steps[1].state, State::failed);
  EXPECT_EQ(waits.steps[1].error->message, "Not yet.");
  clock_.advance(seconds{2});
  queue_->wake();
  for (int i = 0; i < 6000 && second < 2; ++i) std::this_thread::sleep_for(milliseconds{5});
  wait_for(id, State::retry_wait);
  clock_.advance(seconds{20});
  queue_->wake();
  EXPECT_EQ(wait_for(id, State::succeeded).result, "1");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 3);
}

TEST_F(WorkersTest, ACommittedStepAndItsEffectAreOneTransaction) {
  {
    const auto db = work_.use();
    ASSERT_TRUE(db->execute("CREATE TABLE effects (job TEXT)"));
  }
  std::atomic<int> calls{0};
  start([&](jobs::Run& run) -> Result<std::string> {
    return run.commit("write", [&](store::Database& db) -> Result<std::string> {
      TRY_ASSIGN(auto put, db.prepare("INSERT INTO effects VALUES (?)"));
      TRY(put.bind(1, run.job().id).run());
      if (++calls == 1) return fail(Code::upstream_error, "Not yet.");
      if (calls == 2) throw std::runtime_error("not yet");
      return "\"kept\"";
    });
  });
  const std::string id = add();
  EXPECT_EQ(wait_for(id, State::retry_wait).steps.at(0).state, State::failed);
  for (int i = 0; i < 6000 && calls < 3; ++i) {
    clock_.advance(seconds{1});
    queue_->wake();
    std::this_thread::sleep_for(milliseconds{5});
  }
  EXPECT_EQ(wait_for(id, State::succeeded).result, "\"kept\"");
  const auto db = work_.use();
  auto count = db->prepare("SELECT count(*) FROM effects");
  ASSERT_TRUE(count->step());
  EXPECT_EQ(count->integer(0), 1) << "what failed wrote nothing";
}

TEST_F(WorkersTest, WhatAHandlerThrowsIsAFailureOfTheJob) {
  start([](jobs::Run& run) -> Result<std::string> {
    if (run.job().subject == "in a step")
      return run.step("x", []() -> Result<std::string> { throw std::runtime_error("secret"); });
    if (run.job().subject == "strange") throw 7;
    throw std::runtime_error("secret");
  });
  for (const char* subject : {"in a step", "outside", "strange"}) {
    const Job job = wait_for(add(subject), State::retry_wait);
    EXPECT_EQ(job.error->code, Code::internal);
    EXPECT_THAT(job.error->message, Not(HasSubstr("secret")));
  }
  EXPECT_THAT(logged(), HasSubstr("secret")) << "for the operator";
}

TEST_F(WorkersTest, ACancelledJobStopsAtItsNextCheckAndCommitsNothing) {
  Gate entered, go;
  std::promise<Code> fenced;
  start([&](jobs::Run& run) -> Result<std::string> {
    entered.open();
    go.wait();
    EXPECT_TRUE(run.stopped());
    const auto db = work_.use();
    const Status done = db->transaction([&] { return run.fence(*db); });
    fenced.set_value(done ? Code::internal : done.error().code);
    return "\"too late\"";
  });
  const std::string id = add();
  entered.wait();
  ASSERT_TRUE(queue_->cancel("acme", id));
  go.open();
  EXPECT_EQ(fenced.get_future().get(), Code::cancelled);
  workers_->stop();
  EXPECT_EQ(queue_->find("acme", id)->state, State::cancelled);
  EXPECT_EQ(queue_->find("acme", id)->result, "");
}

TEST_F(WorkersTest, AStopGivesRunningJobsBackAndTheNextStartEndsThem) {
  Gate entered;
  std::atomic<bool> patient{true};
  const Handler handler = [&](jobs::Run& run) -> Result<std::string> {
    entered.open();
    while (patient && !run.stopped()) std::this_thread::sleep_for(milliseconds{1});
    if (run.stopped()) return fail(Code::cancelled, "");
    return "\"done\"";
  };
  start(handler);
  const std::string id = add();
  entered.wait();
  workers_->stop();
  EXPECT_EQ(queue_->find("acme", id)->state, State::queued);
  EXPECT_EQ(queue_->find("acme", id)->attempts, 0);
  patient = false;
  make({});
  start(handler);
  EXPECT_EQ(wait_for(id, State::succeeded).attempts, 1);
}

TEST_F(WorkersTest, NeverMoreOfATenantThanItsCap) {
  make({.threads = 6, .per_tenant = 2});
  std::atomic<int> at_once{0}, most{0}, ran{0};
  start([&](jobs::Run&) -> Result<std::string> {
    int seen = most, now = ++at_once;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::sleep_for(milliseconds{5});
    --at_once;
    ++ran;
    return "";
  });
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(add());
  for (const std::string& id : ids) wait_for(id, State::succeeded);
  EXPECT_EQ(ran, 40);
  EXPECT_LE(most, 2);
}

TEST_F(WorkersTest, PausedTheyTakeNothingNew) {
  std::atomic<int> ran{0};
  workers_->pause(true);
  start([&](jobs::Run&) -> Result<std::string> {
    ++ran;
    return "";
  });
  const std::string id = add();
  std::this_thread::sleep_for(milliseconds{100});
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(queue_->doctor("acme")->findings.at(0).reason, Reason::paused);
  workers_->pause(false);
  wait_for(id, State::succeeded);
}

TEST_F(WorkersTest, AStuckHandlerLosesItsJobAndItsPlace) {
  make({.threads = 1, .per_tenant = 1});
  Gate release;
  std::atomic<int> attempts{0};
  start([&](jobs::Run&) -> Result<std::string> {
    if (++attempts == 1) release.wait();
    return "\"second\"";
  });
  const std::string id = add();
  for (int i = 0; i < 6000 && attempts == 0; ++i) std::this_thread::sleep_for(milliseconds{5});
  clock_.advance(kSilence + kLease);  // the keeper sees it within a second
  wait_for(id, State::retry_wait);
  clock_.advance(seconds{5});
  queue_->wake();
  const Job job = wait_for(id, State::succeeded);
  EXPECT_EQ(job.result, "\"second\"");
  EXPECT_EQ(job.attempts, 2);
  release.open();
  workers_->stop();
  EXPECT_EQ(queue_->find("acme", id)->result, "\"second\"") << "the stuck one came too late";
}

TEST_F(WorkersTest, EmptyWhenNothingIsLeftToRun) {
  Gate go;
  start([&](jobs::Run&) -> Result<std::string> {
    go.wait();
    return "";
  });
  EXPECT_TRUE(*workers_->empty());
  const std::string id = add();
  EXPECT_FALSE(*workers_->empty());
  go.open();
  wait_for(id, State::succeeded);
  for (int i = 0; i < 6000 && !*workers_->empty(); ++i)
    std::this_thread::sleep_for(milliseconds{5});
  EXPECT_TRUE(*workers_->empty());
}

}  // namespace
}  // namespace maester::jobs
