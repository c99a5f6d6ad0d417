// One writing connection that several threads use in turn. SQLite has one writer anyway; Debian's
// 3.40 loses the WAL's reset with more (ARCHITECTURE.md, Data), so a file gets one of these.
//
//   auto db = work.use();                 // waits for its turn
//   TRY(db->transaction([&] { ... }));    // `*db` is a store::Database
//
// Blocking: never on a core's thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::store {

class LockedDatabase {
 public:
  explicit LockedDatabase(Database database) : database_(std::move(database)) {}

  // The connection, for as long as this lives. Not recursive.
  class Use {
   public:
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_; }

   private:
    friend class LockedDatabase;
    Use(std::mutex& mutex, Database& database) : lock_(mutex), database_(&database) {}
    std::unique_lock<std::mutex> lock_;
    Database* database_;
  };
  Use use() { return {mutex_, database_}; }

 private:
  std::mutex mutex_;
  Database database_;
};

}  // namespace maester::store
