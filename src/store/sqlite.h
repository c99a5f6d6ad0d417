// SQLite, thinly: statements with bound values only (THREATS.md R1: SQL text is a literal of the
// program). One connection is used by one thread at a time. Errors are Code::io_error
// (Code::storage_full for a full disk, Code::corrupt for a damaged file) with SQLite's text in
// `detail`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace maester::store {

// A prepared statement. bind_*() count from 1; column_*() from 0. Text and blobs are copied on
// binding.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);
  Statement& bind(
      int index,
      FemtoUsd amount);  // 16 bytes, big-endian two's complement with the sign bit flipped: sorts

  // True while there is a row. After false or an error the statement is reset and its bindings
  // cleared.
  Result<bool> step();
  Status run();  // to the end, rows ignored
  void reset();

  std::string_view text(int column) const;  // text or blob; valid until the next step
  std::int64_t integer(int column) const;
  FemtoUsd money(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  sqlite3_stmt* stmt_ = nullptr;
};

class Database {
 public:
  enum class Sync { full, normal, off };
  // WAL mode, foreign keys on, busy timeout 5 s.
  static Result<Database> open(const std::string& path, Sync sync, bool read_only = false);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // `sql` is a literal with static life.
  Result<Statement> prepare(const char* sql);
  Status execute(const char* sql);  // one or several statements without parameters
  std::int64_t changes() const;
  bool open() const { return db_ != nullptr; }  // not moved from

  // Runs `work` in BEGIN IMMEDIATE .. COMMIT; rolls back when it fails.
  template <class F>
  Status transaction(F work) {
    TRY(execute("BEGIN IMMEDIATE"));
    Status done = work();
    if (done) done = execute("COMMIT");
    if (!done) (void)execute("ROLLBACK");
    return done;
  }

 private:
  explicit Database(sqlite3* db) : db_(db) {}
  sqlite3* db_ = nullptr;
};

// A schema step; `version` counts 1, 2, 3, ... A database newer than the program is refused.
struct Migration {
  int version;
  const char* name;
  const char* sql;
};
// Applies what is missing, each in a transaction, kept in table `schema_version`. Modules that
// share a database count their own versions, each under its `component`.
Status migrate(Database& db, std::span<const Migration> migrations,
               std::string_view component = "main");

}  // namespace maester::store
