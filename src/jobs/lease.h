// The workers' side of the queue: taking jobs, holding them, ending them. Every write carries the
// lease's epoch; one that is not the job's any more is answered Code::cancelled and changes
// nothing. Thread-safe; blocking SQL.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/live.h"
#include "jobs/queue.h"

namespace maester::jobs {

struct Lease {
  Job job;  // as it was taken; `attempts` counts this one
  std::int64_t epoch = 0;
  std::map<std::string, std::string, std::less<>> outputs;  // of the steps that ended well
  std::shared_ptr<Live> live;
};

struct Claim {
  std::vector<std::string> kinds;  // that the worker has handlers for
  std::size_t per_tenant = 2;      // jobs of one tenant at a time, of these kinds
  std::string worker{};            // its name, for the log and the doctor
};

struct Taken {
  std::optional<Lease> lease;
  std::optional<WallTime> next_due;  // without a lease: when the next job is, that is not capped
};

// What the doctor needs to know of a group of the process's workers.
struct WorkerStatus {
  std::string group{};  // WorkerSettings'
  bool started = false, paused = false;
  std::size_t threads = 0, busy = 0, per_tenant = 0;
  std::vector<std::string> kinds;
};

struct Gauge {
  std::string kind;
  State state = State::queued;
  std::int64_t jobs = 0;
  WallTime oldest_due{};
};

class Leases {
 public:
  virtual ~Leases() = default;
  // The next job: tenants in turn, within a tenant by priority and age.
  virtual Result<Taken> take(const Claim& claim) = 0;

  // Inside a transaction of the caller's: is the lease still the job's?
  virtual Status fence(store::Database& work, const Lease& lease) = 0;
  // The same, and the job's crashes and attempts so far are forgotten.
  virtual Status get_on(store::Database& work, const Lease& lease) = 0;
  // How a step ended, well or not. Durable when it returns. REQUIRES: Live::end_step() before.
  virtual Status step_done(const Lease& lease, const Step& step, std::string_view output) = 0;
  // One transaction: the fence, `work`, and the step as ended well with what `work` answered.
  virtual Result<std::string> commit_step(
      const Lease& lease, Step step,
      const std::function<Result<std::string>(store::Database&)>& work) = 0;
  // What the handler answered becomes the job's state, which is answered. Of a step that still runs
  // the error is the step's too.
  virtual Result<Job> finish(const Lease& lease, const Result<std::string>& outcome) = 0;
  // Back to the queue as if this attempt had not been: the process stops.
  virtual Result<Job> release(const Lease& lease) = 0;

  // Upkeep, called by the workers' timekeeper. Progress that changed becomes durable; with `beat`
  // all leases whose handlers gave a sign of life are lengthened; lost ones are revoked.
  virtual Status keep(bool beat) = 0;
  // Jobs whose lease ran out, taken back: a crash of each.
  virtual Result<std::vector<Job>> reap() = 0;
  // Deletes what ended long ago, at most 500 jobs; answers how many.
  virtual Result<std::int64_t> purge() = 0;
  virtual Result<std::vector<Gauge>> gauges() = 0;  // of live jobs

  // `wake` is called by Queue::wake(), on its caller's thread, until the handle dies.
  virtual std::shared_ptr<void> on_wake(std::function<void()> wake) = 0;
  virtual void report(const WorkerStatus& status) = 0;
  // How many jobs a stop or a crash of an earlier process gave back when the queue was opened.
  virtual std::int64_t recovered() const = 0;
};

}  // namespace maester::jobs
