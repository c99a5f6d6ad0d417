// What the routes of evaluation work with, beside Dependencies: apart, so that it may grow without
// building every route anew. All outlive the server; wired by app/evals_parts.cc.
#pragma once

#include "evals/datasets/dataset_store.h"
#include "evals/datasets/recorded.h"
#include "evals/gates/gates.h"
#include "evals/replays/replays.h"
#include "evals/runs/run_start.h"
#include "evals/runs/run_store.h"
#include "jobs/schedules.h"

namespace maester::api {

struct EvalServices {
  evals::DatasetStore& datasets;
  evals::RecordedRequests& recorded;
  evals::RunStore& runs;
  evals::RunStarter& starter;
  evals::Replays& replays;
  jobs::Schedules& schedules;
  evals::Gates& gates;  // writes on `control`
};

}  // namespace maester::api
