#include "app/live_parts.h"

#include "app/runtime_parts.h"

namespace maester::app {

Status open_live(Parts& parts) {
  LiveParts& made = parts.live;
  TRY_ASSIGN(made.reviews,
             evals::ReviewStore::open(*parts.work_db, *parts.vault, parts.clock, parts.random));
  TRY_ASSIGN(made.rules, evals::LiveStore::open(*parts.work_db, *parts.jobs, parts.clock));
  parts.work_objects->add(*made.reviews);
  parts.work_objects->add(*made.rules);
  made.watcher = std::make_unique<evals::RequestWatcher>(*parts.work_db, *parts.jobs, *made.rules,
                                                         *made.reviews, parts.clock);
  return {};
}

void make_live_job(Parts& parts) {
  LiveParts& made = parts.live;
  made.job = std::make_unique<evals::LiveJob>(
      evals::LiveParts{*made.rules, *made.reviews, *parts.work_db, *parts.usage, *parts.journal,
                       *parts.vault, *parts.loopback, *parts.prompts, *parts.cores, parts.clock});
  parts.workers->handle("live_evaluation", [&made](jobs::Run& run) { return made.job->run(run); });
}

}  // namespace maester::app
