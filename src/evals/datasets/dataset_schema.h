// The tables of datasets in work.db (docs/formats/evals.md).
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::evals {

Status migrate_datasets(store::Database& work);

}  // namespace maester::evals
