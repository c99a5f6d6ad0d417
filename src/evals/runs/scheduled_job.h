// The handler of jobs of kind `eval_scheduled`: makes the run that a schedule asks for, once for
// each time that it fires, and the schedule's payload.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "evals/runs/run_start.h"
#include "evals/runs/run_store.h"
#include "jobs/schedules.h"
#include "jobs/workers.h"

namespace maester::evals {

inline constexpr std::string_view kScheduledKind = "eval_scheduled";

// {name, timetable, run, paused?} as a schedule; `run` is a run's body, whose names are resolved
// anew each time. Runs are in the name of `key_id`.
Result<jobs::Schedule> read_schedule(std::string_view tenant, std::string_view key_id,
                                     json::Value body);
// As it is told: its name without what marks it as an evaluation's.
void write_schedule(json::Writer& w, const jobs::Schedule& schedule);
// The name under which the queue keeps it.
std::string schedule_key(std::string_view name);

class ScheduledJob {
 public:
  ScheduledJob(RunStore& runs, RunStarter& starter) : runs_(runs), starter_(starter) {}
  Result<std::string> run(jobs::Run& run);

 private:
  RunStore& runs_;
  RunStarter& starter_;
};

}  // namespace maester::evals
