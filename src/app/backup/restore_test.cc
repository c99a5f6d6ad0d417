#include "app/backup/restore.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "app/backup/offline.h"
#include "app/data_directory.h"
#include "batches/body_check.h"
#include "batches/schema.h"
#include "store/file_copy.h"
#include "store/sqlite.h"
#include "store/test_directory.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

// A data directory with a journal, two databases and what must not be copied.
class Restore : public ::testing::Test {
 protected:
  void SetUp() override {
    store::PosixFileSystem files;
    store::JournalConfig config;
    config.directory = path("data/journal");
    auto journal = std::move(*store::Journal::open(files, config));
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(journal->append(0, store::RecordKind::note, "record " + std::to_string(i)));
    ASSERT_TRUE(journal->close());
    for (const char* name : {"data/control.db", "data/work.db"}) {
      auto db = std::move(*store::Database::open(path(name), store::Database::Sync::off));
      ASSERT_TRUE(db.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)"));
    }
    for (const char* name : {"data/kek", "data/admin.key", "data/cache.db"})
      ASSERT_TRUE(store::write_file(path(name), "never copied"));
    const auto made = back_up_offline(path("data"), path("backup"));
    ASSERT_TRUE(made) << made.error().message << made.error().detail;
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::vector<std::string> beside() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(directory_.path()))
      out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  store::TestDirectory directory_;
};

TEST_F(Restore, BringsBackWhatWasThereAndNoSecret) {
  const auto report = restore_backup(path("backup"), path("new"));
  ASSERT_TRUE(report) << report.error().message << report.error().detail;
  EXPECT_EQ(report->data.records, 20u);
  EXPECT_FALSE(report->data.journal.unclean);
  EXPECT_EQ(report->backup.journal, store::Positions{20});
  for (const char* name : {"backup/kek", "backup/admin.key", "backup/cache.db", "new/kek"})
    EXPECT_FALSE(fs::exists(path(name))) << name;
  EXPECT_TRUE(fs::exists(path("new/control.db")));
  EXPECT_EQ(beside(), (std::vector<std::string>{"backup", "data", "new"}));
}

TEST_F(Restore, AFlippedByteInAnyFileIsNamedAndNothingIsRestored) {
  for (const std::string& name : *store::list_tree(path("backup"))) {
    const std::string file = path("backup/" + name), good = *store::read_whole_file(file);
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    fs::remove(file);
    ASSERT_TRUE(store::write_file(file, bad));
    const auto report = restore_backup(path("backup"), path("new"));
    ASSERT_FALSE(report) << name;
    EXPECT_EQ(report.error().code, Code::corrupt) << name;
    EXPECT_NE(report.error().message.find(name), std::string::npos) << report.error().message;
    EXPECT_EQ(beside(), (std::vector<std::string>{"backup", "data"})) << name;
    fs::remove(file);
    ASSERT_TRUE(store::write_file(file, good));
  }
  EXPECT_TRUE(restore_backup(path("backup"), path("new")));
}

TEST_F(Restore, MissingAndForeignFilesAreNamed) {
  fs::remove(path("backup/work.db"));
  ASSERT_TRUE(store::write_file(path("backup/kek"), "not of it"));
  const auto report = restore_backup(path("backup"), path("new"));
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("work.db is missing"), std::string::npos);
  EXPECT_NE(report.error().message.find("kek is not of this backup"), std::string::npos);
}

TEST_F(Restore, EveryFileOfTheDatabaseHasItsBody) {
  constexpr std::uint64_t kBytes = 300'000;  // two sealed chunks
  {
    auto db = std::move(*store::Database::open(path("data/work.db"), store::Database::Sync::off));
    ASSERT_TRUE(batches::migrate_batches(db));
    ASSERT_TRUE(
        db.execute("INSERT INTO files VALUES ('t', 'file-1', 'batch', 'a', 300000, '', 1, 0)"));
  }
  const auto restored = [&](const std::string& name) {
    fs::remove_all(path("b"));
    EXPECT_TRUE(back_up_offline(path("data"), path("b")));
    const auto report = restore_backup(path("b"), path(name));
    EXPECT_EQ(report.has_value(), fs::exists(path(name)));
    return report ? std::string() : report.error().message;
  };
  EXPECT_NE(restored("new1").find("files/file-1: the file has a row and no body"),
            std::string::npos);
  fs::create_directories(path("data/files"));
  ASSERT_TRUE(store::write_file(path("data/files/file-1"),
                                std::string(batches::sealed_size(kBytes) - 1, 'x')));
  EXPECT_NE(restored("new2").find("files/file-1: its body has"), std::string::npos);
  fs::remove(path("data/files/file-1"));
  ASSERT_TRUE(
      store::write_file(path("data/files/file-1"), std::string(batches::sealed_size(kBytes), 'x')));
  EXPECT_EQ(restored("new3"), "");
}

TEST_F(Restore, TakesOnlyAnEmptyPlaceAndOnlyABackup) {
  fs::create_directories(path("full"));
  ASSERT_TRUE(store::write_file(path("full/x"), "mine"));
  EXPECT_EQ(restore_backup(path("backup"), path("full")).error().code, Code::conflict);
  EXPECT_EQ(*store::read_whole_file(path("full/x")), "mine");
  EXPECT_EQ(restore_backup(path("data"), path("new")).error().code, Code::not_found);
  fs::create_directories(path("empty"));
  EXPECT_TRUE(restore_backup(path("backup"), path("empty")));
}

TEST_F(Restore, OfflineNeedsTheDirectoryForItself) {
  store::PosixFileSystem files;
  const auto held = DataDirectory::open(path("data"));
  ASSERT_TRUE(held);
  EXPECT_EQ(back_up_offline(path("data"), path("other")).error().code, Code::conflict);
  EXPECT_FALSE(fs::exists(path("other")));
}

}  // namespace
}  // namespace maester::app
