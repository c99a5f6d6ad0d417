// The tables of files and batches in work.db (docs/formats/work-db.md).
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::batches {

Status migrate_batches(store::Database& work);

}  // namespace maester::batches
