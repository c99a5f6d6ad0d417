// Rows of the datasets' tables. For dataset_*.cc only.
#pragma once

#include "evals/datasets/dataset.h"
#include "store/sqlite.h"

namespace maester::evals::rows {

inline std::int64_t stored(WallTime t) {
  return t.time_since_epoch().count();
}
inline WallTime wall(std::int64_t n) {
  return WallTime(WallTime::duration(n));
}

#define MAESTER_DATASET_VERSION_COLUMNS \
  "number, approved, pending, quarantined, message, author, created_at"
DatasetVersion dataset_version(const store::Statement& row, int first);

#define MAESTER_CASE_COLUMNS "id, since, state, source, body"
// Where a case's body is sealed.
std::string case_place(const Dataset& dataset, std::string_view id, std::int64_t since);

}  // namespace maester::evals::rows
