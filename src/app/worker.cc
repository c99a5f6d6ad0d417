#include "app/worker.h"

#include <cstdio>

#include "app/process_guard.h"
#include "app/runtime_parts.h"
#include "app/upkeep.h"
#include "jobs/lease.h"

namespace maester::app {
namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "maester: %s\n", error.message.c_str());
  if (!error.detail.empty()) std::fprintf(stderr, "maester: (%s)\n", error.detail.c_str());
  return 1;
}

// A queue that cannot be read is not known to be empty.
bool empty(Parts& parts) {
  return parts.workers->empty().value_or(false) && parts.batches.workers->empty().value_or(false);
}

}  // namespace

int run_worker(gateway::Config config, const WorkerOptions& options) {
  const sigset_t signals = take_signals();
  guard_memory();
  if (config.jobs.workers == 0) {
    return complain(make_error(Code::invalid_request,
                               "`[jobs] workers` is 0: there is no thread to run a job. Give this "
                               "worker a configuration with 1 or more."));
  }
  Parts parts;
  if (Status ready = make_parts(parts, config, options.serve); !ready) {
    return complain(ready.error());
  }
  start_parts(parts);
  parts.workers->start();
  parts.batches.workers->start();
  parts.log->event(obs::Level::info, "worker_started")
      .field("data_dir", config.data_dir)
      .field("workers", config.jobs.workers)
      .field("jobs_taken_back", parts.jobs->leases().recovered());
  std::printf("Maester runs the jobs of %s\n", config.data_dir.c_str());
  std::fflush(stdout);
  wait_for_end(parts, signals, [&] { return options.until_empty && empty(parts); });
  {
    const SecondSignal second(parts, signals);
    parts.workers->pause(true);  // what is given back is not taken again
    parts.loopback->end(Deadline::after(parts.clock, config.drain));
    parts.workers->stop();
    parts.batches.workers->stop();
  }
  const bool clean = stop_parts(parts);
  parts.log->event(obs::Level::info, "stopped").field("clean", clean);
  return clean ? 0 : 1;
}

}  // namespace maester::app
