#include "store/database_copy.h"

#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/test_directory.h"

namespace maester::store {
namespace {

std::int64_t rows(Database& db) {
  auto count = std::move(*db.prepare("SELECT count(*) FROM t"));
  return *count.step() ? count.integer(0) : -1;
}

TEST(PinnedDatabase, CopiesTheMomentItWasOpened) {
  const TestDirectory directory;
  const std::string path = directory.path() + "/a.db", copy = directory.path() + "/b.db";
  auto db = std::move(*Database::open(path, Database::Sync::off));
  ASSERT_TRUE(db.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)"));
  const auto pinned = PinnedDatabase::open(path);
  ASSERT_TRUE(pinned);
  ASSERT_TRUE(db.execute("INSERT INTO t VALUES (3)"));  // beside it
  ASSERT_TRUE(pinned->copy_to(copy));
  EXPECT_EQ(rows(db), 3);
  auto copied = std::move(*Database::open(copy, Database::Sync::off));
  EXPECT_EQ(rows(copied), 2);
}

TEST(PinnedDatabase, OfNoFileIsAnError) {
  const TestDirectory directory;
  const auto none = PinnedDatabase::open(directory.path() + "/none.db");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
}

}  // namespace
}  // namespace maester::store
