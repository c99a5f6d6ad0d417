// The long-lived parts of live evaluation and human review.
#pragma once

#include <memory>

#include "base/result.h"
#include "evals/live/live_job.h"
#include "evals/live/live_store.h"
#include "evals/live/watcher.h"
#include "evals/reviews/review.h"

namespace maester::app {

struct Parts;

// Members are destroyed from the last to the first.
struct LiveParts {
  std::unique_ptr<evals::ReviewStore> reviews;
  std::unique_ptr<evals::LiveStore> rules;
  std::unique_ptr<evals::RequestWatcher> watcher;
  std::unique_ptr<evals::LiveJob> job;
};

// REQUIRES: work.db and its queue are open, the ledger is not: it tells the watcher.
Status open_live(Parts& parts);
// REQUIRES: everything of `parts` up to its pipeline is made; the workers do not run yet.
void make_live_job(Parts& parts);

}  // namespace maester::app
