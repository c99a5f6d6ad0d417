// The long-lived parts of evaluation, in the order in which they are made.
#pragma once

#include <memory>

#include "api/eval_services.h"
#include "evals/datasets/dataset_store.h"
#include "evals/datasets/recorded.h"
#include "evals/graders.h"
#include "evals/runs/run_job.h"
#include "evals/runs/run_start.h"
#include "evals/runs/run_store.h"
#include "evals/runs/scheduled_job.h"

namespace maester::app {

struct Parts;

// Members are destroyed from the last to the first.
struct EvalsParts {
  std::unique_ptr<evals::DatasetStore> datasets;
  std::unique_ptr<evals::RecordedRequests> recorded;
  std::unique_ptr<evals::RunStore> runs;
  std::unique_ptr<evals::RunStarter> starter;
  std::unique_ptr<evals::Replays> replays;
  std::unique_ptr<evals::GradeCache> grades;
  std::unique_ptr<evals::RunJob> run_job;
  std::unique_ptr<evals::ScheduledJob> scheduled_job;
  std::unique_ptr<api::EvalServices> services;
};

// REQUIRES: knowledge is open; the workers do not run yet, and nobody else uses control.db.
Status open_evals(Parts& parts);

}  // namespace maester::app
