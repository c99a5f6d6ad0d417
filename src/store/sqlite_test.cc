#include "store/sqlite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "store/file_system.h"
#include "store/test_directory.h"

namespace maester::store {
namespace {

class SqliteTest : public ::testing::Test {
 protected:
  Database open(bool read_only = false) {
    auto db = Database::open(directory_.path() + "/test.db", Database::Sync::off, read_only);
    EXPECT_TRUE(db.has_value()) << db.error().detail;
    return std::move(*db);
  }
  TestDirectory directory_;
};

std::int64_t count(Database& db, const char* sql) {
  Statement query = *db.prepare(sql);
  EXPECT_TRUE(*query.step());
  return query.integer(0);
}

TEST_F(SqliteTest, MoneySortsAndReadsBackOverItsWholeRange) {
  Database db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t (amount BLOB NOT NULL) STRICT"));
  const int128 huge = int128{1} << 126;
  const std::vector<int128> amounts = {huge, -1, 0, 1, -huge, 9'223'372'036'854'775'807, 256, -256};
  Statement insert = *db.prepare("INSERT INTO t VALUES (?)");
  for (const int128 units : amounts) {
    ASSERT_TRUE(insert.bind(1, FemtoUsd::from_units(units)).run());
  }
  Statement query = *db.prepare("SELECT amount FROM t ORDER BY amount");
  std::vector<int128> sorted = amounts;
  std::ranges::sort(sorted);
  for (const int128 units : sorted) {
    ASSERT_TRUE(*query.step());
    EXPECT_EQ(query.money(0).units(), units);
  }
  EXPECT_FALSE(*query.step());
}

TEST_F(SqliteTest, TextIsBoundNeverParsed) {
  Database db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t (name TEXT NOT NULL) STRICT"));
  const std::string hostile("x'); DROP TABLE t; --\0tail", 25);
  ASSERT_TRUE(db.prepare("INSERT INTO t VALUES (?)")->bind(1, hostile).run());
  ASSERT_TRUE(db.prepare("INSERT INTO t VALUES (?)")->bind(1, std::string_view()).run());
  Statement query = *db.prepare("SELECT name FROM t ORDER BY length(name) DESC");
  ASSERT_TRUE(*query.step());
  EXPECT_EQ(query.text(0), hostile);
  ASSERT_TRUE(*query.step());
  EXPECT_FALSE(query.is_null(0));  // an empty text is not NULL
}

TEST_F(SqliteTest, AFailedTransactionLeavesNothing) {
  Database db = open();
  ASSERT_TRUE(db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT"));
  const Status done = db.transaction([&]() -> Status {
    TRY(db.execute("INSERT INTO t VALUES (1)"));
    return db.execute("INSERT INTO t VALUES (1)");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::conflict);
  EXPECT_EQ(count(db, "SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteTest, MigrationsRunOnceAndANewerFileIsRefused) {
  constexpr Migration kSteps[] = {{1, "first", "CREATE TABLE a (x INTEGER) STRICT"},
                                  {2, "second", "CREATE TABLE b (x INTEGER) STRICT"}};
  {
    Database db = open();
    ASSERT_TRUE(migrate(db, std::span(kSteps, 1)));
    ASSERT_TRUE(migrate(db, kSteps));
    ASSERT_TRUE(migrate(db, kSteps));
    EXPECT_EQ(count(db, "SELECT count(*) FROM schema_version"), 2);
  }
  Database db = open();
  const Status older = migrate(db, std::span(kSteps, 1));
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::conflict);
}

TEST_F(SqliteTest, ModulesThatShareADatabaseCountTheirOwnVersions) {
  Database db = open();
  constexpr Migration kPrompts[] = {{1, "prompts", "CREATE TABLE p (x INTEGER) STRICT"}};
  constexpr Migration kKeys[] = {{1, "keys", "CREATE TABLE k (x INTEGER) STRICT"},
                                 {2, "roles", "CREATE TABLE r (x INTEGER) STRICT"}};
  ASSERT_TRUE(migrate(db, kKeys, "access"));
  ASSERT_TRUE(migrate(db, kPrompts, "prompts"));
  ASSERT_TRUE(migrate(db, kPrompts, "prompts"));
  EXPECT_EQ(count(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('p', 'k', 'r')"), 3);
}

TEST_F(SqliteTest, ABrokenMigrationLeavesTheVersionBefore) {
  Database db = open();
  constexpr Migration kSteps[] = {{1, "first", "CREATE TABLE a (x INTEGER) STRICT"},
                                  {2, "broken", "CREATE TABLE b (x INTEGER) STRICT; NONSENSE"}};
  EXPECT_FALSE(migrate(db, kSteps));
  EXPECT_EQ(count(db, "SELECT max(version) FROM schema_version"), 1);
  EXPECT_EQ(count(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorrupt) {
  {
    PosixFileSystem files;
    auto file = files.open(directory_.path() + "/test.db", FileSystem::Open::create_new);
    ASSERT_TRUE((*file)->write_at(0, std::string(8192, 'x')));
  }
  const auto db = Database::open(directory_.path() + "/test.db", Database::Sync::off);
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, Code::corrupt);
}

TEST_F(SqliteTest, AReadOnlyConnectionSeesWhatTheWriterCommits) {
  Database writer = open();
  ASSERT_TRUE(writer.execute("CREATE TABLE t (x INTEGER) STRICT"));
  Database reader = open(true);
  ASSERT_TRUE(writer.execute("INSERT INTO t VALUES (1)"));
  EXPECT_EQ(count(reader, "SELECT count(*) FROM t"), 1);
  EXPECT_FALSE(reader.execute("INSERT INTO t VALUES (2)"));
}

}  // namespace
}  // namespace maester::store
