// The tables of the catalogue (docs/formats/work-db.md).
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::knowledge {

Status migrate_catalog(store::Database& work);

}  // namespace maester::knowledge
