// The threads that run jobs, and what a handler has to work with.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "jobs/queue.h"

namespace maester::obs {
class Log;
class Registry;
}  // namespace maester::obs

namespace maester::telemetry {
class SpanStore;
}

namespace maester::jobs {

// One attempt at a job. Used by the handler's thread. Every call is a sign of life: a handler that
// makes none for 10 minutes is taken for stuck, its job is taken from it and counted as a crash.
class Run {
 public:
  virtual ~Run() = default;
  virtual const Job& job() const = 0;
  // Cancelled, lease lost, or the process stops: end soon with Code::cancelled.
  virtual bool stopped() const = 0;

  // Runs `work` unless an earlier attempt finished it; its outcome and time are the job's step
  // `name`, durable when this returns. What the work answers (JSON, at most 64 KiB) is kept and
  // given back instead of running it again. An exception is a failure of Code::internal.
  virtual Result<std::string> step(std::string_view name,
                                   const std::function<Result<std::string>()>& work) = 0;
  // A step that is one transaction on the queue's database, fenced, together with the row that says
  // that it is done: what `work` writes there is written exactly once, whatever dies in between.
  // The database is held meanwhile: keep it short, and begin no transaction inside.
  virtual Result<std::string> commit(
      std::string_view name, const std::function<Result<std::string>(store::Database&)>& work) = 0;
  // Within a step: so much of it is done. Seen by readers at once, durable within a second or so;
  // Code::cancelled when the lease is another's or the process stops.
  virtual Status progress(std::int64_t done, std::int64_t total) = 0;
  // Inside the handler's own transaction on the queue's database: Code::cancelled when the lease is
  // another's, so that a worker that slept commits nothing.
  virtual Status fence(store::Database& work) = 0;
  // The same, where that transaction is a part of the job's work done: a job that gets on is no
  // poison, so what went wrong so far is forgotten: crashes as at the end of a step, and attempts.
  virtual Status get_on(store::Database& work) = 0;
};

// What ends a job at once as failed: the codes by which the input is at fault (invalid_request,
// unprocessable, missing_variable, too_large, not_found, model_not_found, forbidden,
// unauthenticated, conflict). All others are tried again; budget_exceeded without end, every ten
// minutes, and without counting.
bool is_permanent(Code code);

// The result is the job's (JSON, "" = none).
using Handler = std::function<Result<std::string>(Run&)>;

struct WorkerSettings {
  std::string group{};  // of several on one queue, each with kinds of its own: its name
  std::size_t threads = 2;
  std::size_t per_tenant = 2;  // jobs of one tenant at a time, of the group's kinds
};

class Workers {
 public:
  // All that is given outlives it.
  static std::unique_ptr<Workers> make(Queue& queue, store::LockedDatabase& work,
                                       const Clock& clock, Random& random, obs::Log& log,
                                       obs::Registry& metrics, telemetry::SpanStore& spans,
                                       const WorkerSettings& settings);
  virtual ~Workers() = default;
  virtual void handle(std::string kind, Handler handler) = 0;  // before start()
  virtual void start() = 0;
  virtual void stop() = 0;  // running jobs are told, go back to the queue, and are waited for
  virtual void pause(bool paused) = 0;  // takes no new jobs (overload); thread-safe
  // None runs and none is left that these could run, now or later. Blocking SQL.
  virtual Result<bool> empty() = 0;
};

}  // namespace maester::jobs
