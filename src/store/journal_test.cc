#include "store/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "store/test_directory.h"

namespace maester::store {
namespace {

class JournalTest : public ::testing::TestWithParam<Durability> {
 protected:
  JournalConfig config(std::uint32_t lanes = 2) {
    return {.directory = directory_.path() + "/journal",
            .lanes = lanes,
            .durability = GetParam(),
            .segment_bytes = 4096,
            .sync_every = milliseconds(5)};
  }
  std::unique_ptr<Journal> open(JournalConfig with) {
    auto journal = Journal::open(files_, std::move(with));
    EXPECT_TRUE(journal.has_value()) << journal.error().detail;
    return std::move(*journal);
  }
  // Appends and waits for the acknowledgement.
  static Journal::Appended append(Journal& journal, std::uint32_t lane, std::string_view payload,
                                  RecordKind kind = RecordKind::note) {
    auto done = journal.append(lane, kind, payload);
    EXPECT_TRUE(done.has_value()) << done.error().detail;
    std::atomic<bool> durable{false};
    journal.when_durable(lane, done->sequence, [&](const Status& status) {
      EXPECT_TRUE(status.has_value());
      durable = true;
      durable.notify_one();
    });
    durable.wait(false);
    return *done;
  }
  static std::vector<std::string> read_all(Journal& journal, std::uint32_t lane,
                                           std::uint64_t after = 0, std::size_t step = 1000) {
    std::vector<std::string> out;
    while (true) {
      const auto n = journal.read(lane, after, step, [&](const Record& record) {
        EXPECT_EQ(record.sequence, after + 1);
        after = record.sequence;
        out.push_back(record.payload);
      });
      EXPECT_TRUE(n.has_value()) << n.error().detail;
      if (!n || *n == 0) return out;
    }
  }
  TestDirectory directory_;
  PosixFileSystem files_;
};
INSTANTIATE_TEST_SUITE_P(Both, JournalTest,
                         ::testing::Values(Durability::process, Durability::power),
                         [](const auto& info) {
                           return info.param == Durability::power ? "Power" : "Process";
                         });

TEST_P(JournalTest, RecordsComeBackInOrderOverSegmentsAndRestarts) {
  std::vector<std::string> written;
  for (int run = 0; run < 3; ++run) {
    auto journal = open(config());
    EXPECT_FALSE(journal->report().unclean);
    for (int i = 0; i < 60; ++i) {
      written.push_back(std::to_string(run) + ":" +
                        std::string(static_cast<std::size_t>(i) * 7, 'x'));
      append(*journal, 1, written.back());
    }
    EXPECT_EQ(read_all(*journal, 1), written);
    EXPECT_EQ(read_all(*journal, 1, 0, 7), written);
    EXPECT_EQ(journal->written(), (Positions{0, written.size()}));
    EXPECT_EQ(*journal->verify(), written.size());
    ASSERT_TRUE(journal->close());
  }
}

TEST_P(JournalTest, ARecordIsReadBackByItsPlace) {
  auto journal = open(config());
  const auto first = append(*journal, 0, "one", RecordKind::intent);
  const auto second = append(*journal, 0, std::string(20'000, 'y'), RecordKind::settlement);
  EXPECT_GT(second.location.segment, first.location.segment);  // larger than a segment: its own
  EXPECT_EQ(journal->read_at(first.location)->payload, "one");
  EXPECT_EQ(journal->read_at(second.location)->payload.size(), 20'000u);
  EXPECT_EQ(journal->read_at(second.location)->kind, RecordKind::settlement);
  EXPECT_FALSE(journal->read_at({0, first.location.segment, first.location.offset + 8}));
  EXPECT_FALSE(journal->read_at({0, 99, 64}));
  EXPECT_FALSE(journal->read_at({9, 1, 64}));
}

TEST_P(JournalTest, WithoutACloseTheEndIsUncleanButNothingIsLost) {
  {
    auto journal = open(config());
    for (int i = 0; i < 10; ++i) append(*journal, 0, "record");
  }
  auto journal = open(config());
  EXPECT_TRUE(journal->report().unclean);
  EXPECT_FALSE(journal->report().may_have_lost_tail);  // the machine did not restart
  EXPECT_EQ(read_all(*journal, 0).size(), 10u);
}

TEST_P(JournalTest, AfterARebootOnlyProcessModeMayHaveLostItsTail) {
  auto before = config();
  before.boot_id = "first boot";
  {
    append(*open(before), 0, "record");
  }
  auto after = config();
  after.boot_id = "second boot";
  EXPECT_EQ(open(after)->report().may_have_lost_tail, GetParam() == Durability::process);
}

TEST_P(JournalTest, LanesNoLongerConfiguredAreStillRead) {
  {
    auto journal = open(config(3));
    append(*journal, 2, "old lane");
    ASSERT_TRUE(journal->close());
  }
  for (int run = 0; run < 2; ++run) {
    auto journal = open(config(1));
    EXPECT_FALSE(journal->report().unclean);
    EXPECT_EQ(journal->lanes(), 3u);
    EXPECT_EQ(read_all(*journal, 2), std::vector<std::string>{"old lane"});
    ASSERT_TRUE(journal->close());
  }
}

TEST_P(JournalTest, AFlippedByteInSyncedRecordsIsCorruption) {
  Location place;
  {
    auto journal = open(config(1));
    place = append(*journal, 0, "to be damaged").location;
    for (int i = 0; i < 5; ++i) append(*journal, 0, "later");
    ASSERT_TRUE(journal->close());
  }
  auto file = *files_.open(config().directory + "/000-0000000001.seg", FileSystem::Open::existing);
  ASSERT_TRUE(file->write_at(place.offset + 45, "X"));
  const auto damaged = Journal::open(files_, config(1));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::corrupt);
}

TEST_P(JournalTest, VerifyNamesADamagedRecordInAnOldSegment) {
  auto journal = open(config(1));
  const auto place = append(*journal, 0, "to be damaged").location;
  for (int i = 0; i < 100; ++i) append(*journal, 0, std::string(100, 'z'));
  ASSERT_TRUE(journal->verify());
  auto file = *files_.open(config().directory + "/000-0000000001.seg", FileSystem::Open::existing);
  ASSERT_TRUE(file->write_at(place.offset + 45, "X"));
  EXPECT_EQ(journal->verify().error().code, Code::corrupt);
  EXPECT_EQ(journal->read_at(place).error().code, Code::corrupt);
}

TEST_P(JournalTest, AReaderBesideTheWriterSeesAWholePrefix) {
  auto journal = open(config(1));
  constexpr std::uint64_t kRecords = 5000;
  std::thread writer([&] {
    for (std::uint64_t i = 1; i <= kRecords; ++i) {
      ASSERT_TRUE(journal->append(0, RecordKind::note, std::to_string(i)));
    }
  });
  std::uint64_t seen = 0;
  while (seen < kRecords) {
    const auto n = journal->read(0, seen, 64, [&](const Record& record) {
      ++seen;
      ASSERT_EQ(record.payload, std::to_string(seen));
    });
    ASSERT_TRUE(n.has_value()) << n.error().detail;
  }
  writer.join();
  EXPECT_EQ(*journal->verify(), kRecords);
}

TEST_P(JournalTest, AClosedJournalRefuses) {
  auto journal = open(config());
  ASSERT_TRUE(journal->close());
  EXPECT_EQ(journal->append(0, RecordKind::note, "late").error().code, Code::io_error);
  EXPECT_FALSE(journal->close());
}

}  // namespace
}  // namespace maester::store
