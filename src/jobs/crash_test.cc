// T01's method on the queue: a process that adds and runs jobs is killed with -9 at any moment,
// again and again. What must hold of every job whose id was given out: it is there; in the end it
// is done; what it wrote in a committed step stands there exactly once, what a finished step kept
// is what the end says.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "jobs/lease.h"
#include "jobs/queue.h"
#include "jobs/workers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/test_directory.h"
#include "telemetry/span_store.h"

namespace maester::jobs {
namespace {

constexpr int kKills = 25;
constexpr int kMostJobs = 500;
constexpr std::string_view kAcks = "/acks";

// Every process lives an hour after the one before: what waits for its next attempt is due.
class LaterClock final : public Clock {
 public:
  explicit LaterClock(int process) : by_(std::chrono::hours{process}) {}
  WallTime wall() const override { return system_.wall() + by_; }
  MonoTime mono() const override { return system_.mono() + by_; }

 private:
  SystemClock system_;
  nanoseconds by_;
};

Result<std::string> handle(Run& run) {
  // Each run of it gives another text: it must be the kept one that the commit and the end see.
  TRY_ASSIGN(const std::string kept, run.step("draw", []() -> Result<std::string> {
    SystemRandom random;
    std::this_thread::sleep_for(milliseconds{random.below(3)});
    return std::to_string(random.next_u64());
  }));
  TRY(run.commit("write", [&](store::Database& db) -> Result<std::string> {
    TRY_ASSIGN(auto put, db.prepare("INSERT INTO effects (job, kept) VALUES (?, ?)"));
    TRY(put.bind(1, run.job().id).bind(2, kept).run());
    return "";
  }));
  std::this_thread::sleep_for(milliseconds{1});
  return "\"" + kept + "\"";
}

Status add_jobs(store::LockedDatabase& work, Queue& queue, const std::string& acks, int count) {
  std::ofstream told(acks, std::ios::app);
  for (int i = 0; i < count; ++i) {
    Result<Queue::Added> added = fail(Code::internal, "");
    {
      const auto db = work.use();
      TRY(db->transaction([&]() -> Status {
        added = queue.add(*db, {.tenant = "t" + std::to_string(i % 3), .kind = "work"});
        return added ? Status() : fail(added.error());
      }));
    }
    queue.wake();
    told << added->id << '\n' << std::flush;
    std::this_thread::sleep_for(milliseconds{2});
  }
  return {};
}

// A process's life; ends when nothing is left to do, or by a signal before.
Status live(const std::string& directory, int process, int jobs) {
  LaterClock clock(process);
  SystemRandom random;
  TRY_ASSIGN(auto db, store::Database::open(directory + "/work.db", store::Database::Sync::normal));
  TRY(db.execute("CREATE TABLE IF NOT EXISTS effects (job TEXT NOT NULL, kept TEXT NOT NULL)"));
  store::LockedDatabase work(std::move(db));
  TRY_ASSIGN(const auto queue, Queue::open(work, clock, random));
  obs::Log log(clock, STDERR_FILENO, obs::Level::error);
  obs::Registry metrics;
  TRY_ASSIGN(const auto spans, telemetry::SpanStore::open(clock, {.directory = directory + "/s"}));
  const auto workers = Workers::make(*queue, work, clock, random, log, metrics, *spans,
                                     {.threads = 4, .per_tenant = 2});
  workers->handle("work", handle);
  workers->start();
  // What crashes made dead is for people to retry.
  for (const char* tenant : {"t0", "t1", "t2"}) {
    TRY_ASSIGN(const auto dead, queue->list(tenant, State::dead, "", kMostJobs));
    for (const Job& job : dead.jobs) TRY(queue->retry(tenant, job.id));
  }
  TRY(add_jobs(work, *queue, directory + std::string(kAcks), jobs));
  for (int i = 0; i < 60'000; ++i) {
    TRY_ASSIGN(const bool empty, workers->empty());
    if (empty) return {};
    std::this_thread::sleep_for(milliseconds{5});
  }
  return fail(Code::deadline_exceeded, "The queue does not get empty.");
}

std::size_t acked_in(const std::string& directory) {
  std::ifstream acks(directory + std::string(kAcks));
  return static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(acks), std::istreambuf_iterator<char>(), '\n'));
}

// The status with which it ended. Unless `jobs` is 0 it is killed: somewhen after it gave out so
// many ids.
int run_process(const std::string& directory, int process, std::size_t jobs, milliseconds then) {
  const std::size_t before = acked_in(directory);
  const pid_t child = ::fork();
  if (child == 0) {
    const Status done = live(directory, process, jobs > 0 ? kMostJobs : 0);
    if (!done)
      std::fprintf(stderr, "%s %s\n", done.error().message.c_str(), done.error().detail.c_str());
    ::_exit(done ? 0 : 1);
  }
  if (jobs > 0) {
    for (int i = 0; i < 30'000 && acked_in(directory) < before + jobs; ++i)
      std::this_thread::sleep_for(milliseconds{1});
    std::this_thread::sleep_for(then);
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(CrashTest, WhatWasAcknowledgedEndsOnceWhateverIsKilled) {
  const store::TestDirectory directory;
  SeededRandom random(5);
  int killed = 0;
  for (int i = 0; i < kKills; ++i) {
    const std::size_t jobs = 1 + random.below(20);
    const milliseconds then{random.below(30)};
    killed += WIFSIGNALED(run_process(directory.path(), i, jobs, then)) ? 1 : 0;
  }
  EXPECT_EQ(killed, kKills);
  ASSERT_EQ(run_process(directory.path(), kKills, 0, milliseconds{0}), 0);

  LaterClock clock(kKills);
  SystemRandom system;
  store::LockedDatabase work(
      *store::Database::open(directory.path() + "/work.db", store::Database::Sync::normal));
  const auto queue = Queue::open(work, clock, system);
  ASSERT_TRUE(queue);
  EXPECT_EQ((*queue)->leases().recovered(), 0);
  std::map<std::string, std::vector<std::string>> effects;
  {
    const auto db = work.use();
    auto row = db->prepare("SELECT job, kept FROM effects");
    while (*row->step()) effects[std::string(row->text(0))].emplace_back(row->text(1));
  }
  std::map<std::string, Job> jobs;
  for (const char* tenant : {"t0", "t1", "t2"}) {
    std::string cursor;
    do {
      const auto page = (*queue)->list(tenant, std::nullopt, cursor, 100);
      ASSERT_TRUE(page);
      for (const Job& job : page->jobs) jobs.emplace(job.id, job);
      cursor = page->next_cursor;
    } while (!cursor.empty());
  }
  std::ifstream acks(directory.path() + std::string(kAcks));
  std::size_t acked = 0;
  for (std::string id; acks >> id; ++acked) EXPECT_TRUE(jobs.contains(id)) << id << " is lost";
  EXPECT_GT(acked, 50u) << "there was too little to do";
  std::size_t again = 0;
  for (const auto& [id, job] : jobs) {
    EXPECT_EQ(job.state, State::succeeded) << id;
    ASSERT_EQ(effects[id].size(), 1u) << id;
    EXPECT_EQ(job.result, "\"" + effects[id][0] + "\"") << id;
    again += job.attempts > 1 ? 1 : 0;
  }
  EXPECT_GT(again, 0u) << "no job was cut short";
  std::printf("%d kills, %zu jobs, %zu of them in several attempts\n", killed, jobs.size(), again);
}

}  // namespace
}  // namespace maester::jobs
