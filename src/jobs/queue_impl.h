// The queue on SQLite. Public for its own files and tests only; everybody else uses queue.h.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/id.h"
#include "jobs/doctor.h"
#include "jobs/lease.h"
#include "jobs/live.h"
#include "jobs/queue.h"
#include "jobs/schedules.h"

namespace maester::jobs {

class QueueImpl final : public Queue, public Leases {
 public:
  QueueImpl(store::LockedDatabase& work, const Clock& clock, Random& random)
      : work_(work), clock_(clock), random_(random), ids_(clock, random) {}
  Status start();

  // Queue: queue.cc
  Result<Added> add(store::Database& work, const NewJob& job) override;
  void wake() override;
  Result<Job> find(std::string_view tenant, std::string_view id) override;
  Result<Page> list(std::string_view tenant, std::optional<State> state, std::string_view cursor,
                    std::size_t limit) override;
  // queue_control.cc
  Result<Job> cancel(std::string_view tenant, std::string_view id) override;
  Result<Job> cancel(store::Database& work, std::string_view tenant, std::string_view id) override;
  Result<Job> retry(std::string_view tenant, std::string_view id) override;
  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view tenant) override;
  // doctor.cc
  Result<Diagnosis> doctor(std::string_view tenant) override;
  Schedules& schedules() override { return *schedules_; }
  Leases& leases() override { return *this; }

  // Leases: queue_take.cc
  Result<Taken> take(const Claim& claim) override;
  // queue_finish.cc
  Status fence(store::Database& work, const Lease& lease) override;
  Status get_on(store::Database& work, const Lease& lease) override;
  Status step_done(const Lease& lease, const Step& step, std::string_view output) override;
  Result<std::string> commit_step(
      const Lease& lease, Step step,
      const std::function<Result<std::string>(store::Database&)>& work) override;
  Result<Job> finish(const Lease& lease, const Result<std::string>& outcome) override;
  Result<Job> release(const Lease& lease) override;
  // queue_upkeep.cc
  Status keep(bool beat) override;
  Result<std::vector<Job>> reap() override;
  Result<std::int64_t> purge() override;
  Result<std::vector<Gauge>> gauges() override;
  std::shared_ptr<void> on_wake(std::function<void()> wake) override;
  void report(const WorkerStatus& status) override;
  std::int64_t recovered() const override { return recovered_; }

 private:
  struct Head;
  Status recover();
  Result<Job> crashed(store::Database& db, Job job, std::string_view how);
  // Writes a job's state; its lease ends and its epoch moves on. (queue_finish.cc)
  Status write(store::Database& db, const Job& job);
  // What runs of its steps ends with the state.
  Status end_running_step(store::Database& db, const Job& job, State state,
                          const std::optional<Error>& error);
  Status end_step(store::Database& db, const Lease& lease, const Step& step,
                  std::string_view output);
  // The state after an attempt that failed.
  void failed(Job& job, const Error& error);
  Result<Job> retry_in(store::Database& db, std::string_view tenant, std::string_view id);
  Result<std::optional<Head>> head_of(store::Database& db, std::string_view tenant,
                                      std::string_view kinds, std::optional<WallTime>& next_due);
  Result<Lease> lease(store::Database& db, const Head& head, const Claim& claim);

  store::LockedDatabase& work_;
  const Clock& clock_;
  Random& random_;
  IdGenerator ids_;          // with the database's turn
  std::string last_tenant_;  // the same: whose turn it was
  std::int64_t recovered_ = 0;
  LiveJobs live_;
  std::unique_ptr<Schedules> schedules_;
  mutable std::mutex mutex_;  // of what follows; nothing blocks under it
  std::set<std::string, std::less<>> erased_;
  std::map<std::string, WorkerStatus, std::less<>> workers_;  // by group
  std::vector<std::weak_ptr<std::function<void()>>> wakes_;
};

}  // namespace maester::jobs
