#include "store/journal_copy.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/test_directory.h"

namespace maester::store {
namespace {

class JournalCopy : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(const std::string& name) {
    JournalConfig config;
    config.directory = directory_.path() + "/" + name;
    config.lanes = 2;
    config.segment_bytes = 64u << 10;
    auto journal = Journal::open(files_, config);
    EXPECT_TRUE(journal) << journal.error().message << journal.error().detail;
    return std::move(*journal);
  }
  Status copy(Journal& journal, const Positions& until) {
    EXPECT_TRUE(files_.create_directories(directory_.path() + "/copy"));
    return copy_journal(files_, journal, directory_.path() + "/journal", until,
                        directory_.path() + "/copy");
  }
  TestDirectory directory_;
  PosixFileSystem files_;
};

std::string payload(std::uint64_t number) {
  return std::to_string(number) + std::string(100, 'x');
}

TEST_F(JournalCopy, EndsWithTheStatedRecordsAndGoesOn) {
  const auto journal = open("journal");
  for (std::uint64_t i = 1; i <= 3000; ++i)
    ASSERT_TRUE(journal->append(0, RecordKind::note, payload(i)));
  const Positions until = journal->written();
  for (std::uint64_t i = 3001; i <= 3100; ++i)
    ASSERT_TRUE(journal->append(0, RecordKind::note, payload(i)));
  ASSERT_TRUE(copy(*journal, until));
  const auto copied = open("copy");
  EXPECT_FALSE(copied->report().unclean);
  EXPECT_EQ(copied->report().torn_bytes, 0u);
  EXPECT_EQ(copied->written(), (Positions{3000, 0}));
  EXPECT_EQ(*copied->verify(), 3000u);
  const auto next = copied->append(0, RecordKind::note, "after");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->sequence, 3001u);
  EXPECT_EQ(*copied->verify(), 3001u);
}

// Ten copies beside a writer: pages that were copied before a record and marks after it would tell
// of a record that is not there.
TEST_F(JournalCopy, IsWholeHoweverFastRecordsCome) {
  const auto journal = open("journal");
  ASSERT_TRUE(journal->append(0, RecordKind::note, payload(1)));
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (std::uint64_t i = 2; !over; ++i) (void)journal->append(0, RecordKind::note, payload(i));
  });
  for (int round = 0; round < 10; ++round) {
    const Positions until = journal->written();
    ASSERT_TRUE(copy(*journal, until));
    {
      const auto copied = open("copy");
      EXPECT_EQ(copied->written(), until);
      EXPECT_EQ(*copied->verify(), until[0]);
    }
    std::filesystem::remove_all(directory_.path() + "/copy");
  }
  over = true;
  writer.join();
}

// Its `state` says where it ends: a backup that lost its last record does not pass for whole.
TEST_F(JournalCopy, ALostLastRecordShows) {
  const auto journal = open("journal");
  for (std::uint64_t i = 1; i <= 10; ++i)
    ASSERT_TRUE(journal->append(0, RecordKind::note, payload(i)));
  ASSERT_TRUE(copy(*journal, journal->written()));
  const std::string segment = directory_.path() + "/copy/000-0000000001.seg";
  std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 8);
  JournalConfig config;
  config.directory = directory_.path() + "/copy";
  const auto copied = Journal::open(files_, config);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::corrupt);
}

}  // namespace
}  // namespace maester::store
