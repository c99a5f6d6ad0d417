#include "app/evals_parts.h"

#include "app/runtime_parts.h"

namespace maester::app {

Status open_evals(Parts& parts) {
  parts.evals = std::make_shared<EvalsParts>();
  EvalsParts& made = *parts.evals;
  TRY_ASSIGN(const std::string hash_key, parts.vault->system_secret("datasets"));
  TRY_ASSIGN(made.datasets, evals::DatasetStore::open(*parts.work_db, *parts.vault, parts.clock,
                                                      parts.random, hash_key));
  parts.work_objects->add(*made.datasets);
  made.recorded = std::make_unique<evals::RecordedRequests>(*parts.usage, *parts.journal,
                                                            *parts.vault, *parts.prompts);
  TRY_ASSIGN(made.runs, evals::RunStore::open(*parts.work_db, *parts.jobs, *parts.vault,
                                              parts.clock, parts.random));
  parts.work_objects->add(*made.runs);
  made.starter = std::make_unique<evals::RunStarter>(*made.datasets, *made.runs, *parts.prompts,
                                                     *parts.snapshots, *parts.knowledge.library);
  made.replays =
      std::make_unique<evals::Replays>(*parts.work_db, *made.datasets, *made.runs, *made.starter,
                                       *made.recorded, parts.clock, parts.random);
  made.grades = evals::memory_grade_cache();
  made.run_job = std::make_unique<evals::RunJob>(
      evals::RunServices{*made.datasets, *made.runs, *made.starter, *made.recorded, *parts.loopback,
                         *parts.prompts, made.grades.get(), parts.clock});
  made.scheduled_job = std::make_unique<evals::ScheduledJob>(*made.runs, *made.starter);
  parts.workers->handle("eval_run", [&made](jobs::Run& run) { return made.run_job->run(run); });
  parts.workers->handle("eval_scheduled",
                        [&made](jobs::Run& run) { return made.scheduled_job->run(run); });
  made.services = std::make_unique<api::EvalServices>(
      api::EvalServices{*made.datasets, *made.recorded, *made.runs, *made.starter, *made.replays,
                        parts.jobs->schedules(), *parts.gates.gates});
  return {};
}

}  // namespace maester::app
