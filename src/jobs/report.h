// What is told of jobs: log lines, metrics, spans. Thread-safe but for Attempt, which its thread
// owns.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "jobs/lease.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "obs/span.h"
#include "telemetry/span_store.h"

namespace maester::jobs {

class Report {
 public:
  Report(const Clock& clock, Random& random, obs::Log& log, obs::Registry& metrics,
         telemetry::SpanStore& spans);

  // One attempt, from the lease to its end.
  class Attempt {
   public:
    Attempt(Report& report, const Job& job);
    // A step that ran; of a kept one nothing is told.
    void step(const Step& step, WallTime ended);
    // `after` is null when the lease was lost; `error` is the attempt's, with its detail.
    void end(const Job* after, const Error* error);

   private:
    Report& report_;
    const Job& job_;
    const WallTime started_;
    obs::Trace trace_;
  };

  void took_back(const Job& job);  // by the reaper
  void fired(std::string_view tenant, std::string_view name, std::string_view job, bool added);
  void purged(std::int64_t jobs);
  void trouble(std::string_view doing, const Error& error);  // at most one line in 10 s
  void gauges(const std::vector<Gauge>& now);
  void workers(const WorkerStatus& status);

 private:
  void count(std::string_view kind, State state);
  const Clock& clock_;
  obs::Log& log_;
  obs::Registry& metrics_;
  telemetry::SpanStore& spans_;
  std::mutex mutex_;
  IdGenerator ids_;
  MonoTime told_trouble_{};
  std::map<std::pair<std::string, State>, bool> seen_;  // series that there are
};

}  // namespace maester::jobs
