// `maester worker`: the process of `maester serve` without its listener. It runs the jobs of a data
// directory that no server has open.
#pragma once

#include "app/serve.h"

namespace maester::app {

struct WorkerOptions {
  ServeOptions serve;        // `source` and `config_text` of it
  bool until_empty = false;  // end when no job is left that waits or runs
};

// Runs until SIGTERM or SIGINT, or until the queue is empty; running jobs go back to the queue.
// Answers the process's exit status. REQUIRES: the only thread of the process.
int run_worker(gateway::Config config, const WorkerOptions& options);

}  // namespace maester::app
