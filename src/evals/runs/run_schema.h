// The tables of runs, results and replays in work.db (docs/formats/evals.md).
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::evals {

Status migrate_runs(store::Database& work);

}  // namespace maester::evals
