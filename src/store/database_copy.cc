#include "store/database_copy.h"

#include <sqlite3.h>

#include <utility>

#include "store/file_system.h"
#include "store/sqlite_failure.h"

namespace maester::store {

Result<PinnedDatabase> PinnedDatabase::open(const std::string& path) {
  if (!PosixFileSystem().exists(path))
    return fail(Code::not_found, "There is no database " + path + ".");
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  PinnedDatabase out(raw);
  if (result != SQLITE_OK) return sqlite_failure(raw, result);
  sqlite3_busy_timeout(raw, 5000);
  // BEGIN alone pins nothing: the first read does.
  result =
      sqlite3_exec(raw, "BEGIN; SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return sqlite_failure(raw, result);
  return out;
}

PinnedDatabase::PinnedDatabase(PinnedDatabase&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)) {}

PinnedDatabase& PinnedDatabase::operator=(PinnedDatabase&& other) noexcept {
  std::swap(db_, other.db_);
  return *this;
}

PinnedDatabase::~PinnedDatabase() {
  sqlite3_close_v2(db_);
}

Status PinnedDatabase::copy_to(const std::string& path) const {
  sqlite3* target = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int result = sqlite3_open_v2(path.c_str(), &target, flags, nullptr);
  const PinnedDatabase closes(target);
  if (result != SQLITE_OK) return sqlite_failure(target, result);
  sqlite3_exec(target, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(target, "main", db_, "main");
  if (backup == nullptr) return sqlite_failure(target, sqlite3_errcode(target));
  result = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (result != SQLITE_DONE) return sqlite_failure(target, result);
  if (finished != SQLITE_OK) return sqlite_failure(target, finished);
  return {};
}

}  // namespace maester::store
