// Rows of the catalogue's tables: their columns and what they become. For catalog_*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "knowledge/catalog.h"

namespace maester::knowledge::rows {

inline std::string_view blob(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}
Uuid uuid(std::string_view bytes);
inline std::int64_t stored(WallTime t) {
  return t.time_since_epoch().count();
}
inline WallTime wall(std::int64_t n) {
  return WallTime(WallTime::duration(n));
}

#define MAESTER_COLLECTION_COLUMNS "tenant, id, name, search, live, change, created_at"
Result<Collection> collection(const store::Statement& row);

#define MAESTER_VERSION_COLUMNS "number, spec, state, previous, change, job, created_at, live_at"
Result<IndexVersion> version(const store::Statement& row);

#define MAESTER_DOCUMENT_COLUMNS                                                             \
  "id, source_id, title, content_type, file_name, groups, metadata, state, generation, "     \
  "change, content_hash, error_code, error_message, error_reason, report, job, created_at, " \
  "updated_at, url"
Result<Document> document(const store::Statement& row);

std::string groups_json(const std::vector<std::string>& groups);

// The next number of the collection's changes. In the caller's transaction.
Result<std::int64_t> next_change(store::Database& db, const Collection& collection);

}  // namespace maester::knowledge::rows
