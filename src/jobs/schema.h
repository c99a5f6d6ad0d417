// The queue's tables in work.db (docs/formats/work-db.md).
#pragma once

#include <span>

#include "store/sqlite.h"

namespace maester::jobs {

std::span<const store::Migration> migrations();

}  // namespace maester::jobs
