// SQLite's results as errors; for the files that speak to SQLite.
#pragma once

#include "base/result.h"

struct sqlite3;

namespace maester::store {

// `db` may be null. Its text becomes the error's detail.
std::unexpected<Error> sqlite_failure(sqlite3* db, int result);

}  // namespace maester::store
