// The long-lived parts of files and batches, in the order in which they are made.
#pragma once

#include <memory>

#include "batches/batch_job.h"
#include "batches/batch_store.h"
#include "batches/file_store.h"
#include "gateway/config.h"
#include "jobs/workers.h"
#include "runtime/worker_pool.h"

namespace maester::app {

struct Parts;

// Members are destroyed from the last to the first.
struct BatchParts {
  std::unique_ptr<batches::FileStore> files;
  std::unique_ptr<batches::BatchStore> batches;
  std::unique_ptr<batches::BatchJob> job;
  std::unique_ptr<jobs::Workers> workers;     // of batches alone: one may run for a day
  std::unique_ptr<runtime::WorkerPool> pool;  // of the API: bodies and rows
  std::size_t concurrency = 0;                // lines at a time; 0 = as configured. Before start
  MonoTime kept_at{};                         // by keep_batches(), its caller's thread
};

// REQUIRES: everything of `parts` up to its loopback is made.
Status open_batches(Parts& parts, const gateway::Config& config);

// Removes files that expired and takes up batches whose jobs were ended; at most once in 10 s, on a
// thread of the pool. For the process's upkeep.
void keep_batches(Parts& parts);

}  // namespace maester::app
