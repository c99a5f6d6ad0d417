// A database as it is at one moment, copied while others write to it.
#pragma once

#include <string>

#include "base/result.h"

struct sqlite3;

namespace maester::store {

// Holds the moment in a read transaction of a connection of its own: writers go on, but SQLite
// cannot shorten the WAL until it dies. Used by one thread at a time; blocking.
class PinnedDatabase {
 public:
  // The moment is when this returns. Code::not_found when there is no such file.
  static Result<PinnedDatabase> open(const std::string& path);
  PinnedDatabase(PinnedDatabase&& other) noexcept;
  PinnedDatabase& operator=(PinnedDatabase&& other) noexcept;
  ~PinnedDatabase();

  // Page by page, by SQLite's online backup; a new file, not synced yet.
  Status copy_to(const std::string& path) const;

 private:
  explicit PinnedDatabase(sqlite3* db) : db_(db) {}
  sqlite3* db_ = nullptr;
};

}  // namespace maester::store
