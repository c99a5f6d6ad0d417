// The handler of jobs of kind `eval_run`: asks or looks up an answer for every case of a run and
// grades it. Started again after a crash it goes on with what has no result yet; every ask carries
// an idempotency key of its run, case and repeat, so that nothing is billed twice.
#pragma once

#include "base/clock.h"
#include "evals/datasets/dataset_store.h"
#include "evals/datasets/recorded.h"
#include "evals/graders.h"
#include "evals/runs/run_start.h"
#include "evals/runs/run_store.h"
#include "gateway/loopback.h"
#include "jobs/workers.h"
#include "prompts/registry.h"

namespace maester::evals {

struct RunServices {
  DatasetStore& datasets;
  RunStore& runs;
  const RunStarter& starter;
  RecordedRequests& recorded;
  gateway::Loopback& loopback;
  const prompts::Registry& prompts;
  GradeCache* grades;  // may be null
  const Clock& clock;
};

class RunJob {
 public:
  explicit RunJob(const RunServices& services) : services_(services) {}  // all outlive it
  Result<std::string> run(jobs::Run& run);

 private:
  RunServices services_;
};

}  // namespace maester::evals
