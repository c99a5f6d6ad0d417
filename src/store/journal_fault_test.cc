// T03 and T05 for the journal: every call to the disk fails once; the disk fills up and empties
// again.
#include <gtest/gtest.h>

#include "store/journal_workload.h"

namespace maester::store {
namespace {

using Op = FaultyFileSystem::Op;

class JournalFaultTest : public ::testing::TestWithParam<Durability> {};
INSTANTIATE_TEST_SUITE_P(Both, JournalFaultTest,
                         ::testing::Values(Durability::process, Durability::power),
                         [](const auto& info) {
                           return info.param == Durability::power ? "Power" : "Process";
                         });

// Answers the first violation over n = 1, 2, ... until the workload ends without coming to the n-th
// call.
std::string fail_each_call(Durability durability, Code code, Mutant mutant) {
  for (std::uint64_t n = 1;; ++n) {
    JournalWorkload workload(durability, mutant, 1 + n % 3);
    workload.disk().fail_nth(n, code);
    workload.run(100, true);
    const std::string where = " (call " + std::to_string(n) + ")";
    if (workload.acknowledged_after_failure()) return "acknowledged after a failure" + where;
    for (const Crash crash : {Crash::drop_unsynced, Crash::torn, Crash::kill}) {
      const auto violation = workload.check(crash, n * 8 + 1, true);
      if (violation) return *violation + where;
    }
    if (!workload.disk().failed()) return "";
  }
}

TEST_P(JournalFaultTest, AFailingCallLosesNoAcknowledgement) {
  EXPECT_EQ(fail_each_call(GetParam(), Code::io_error, Mutant::none), "");
  EXPECT_EQ(fail_each_call(GetParam(), Code::storage_full, Mutant::none), "");
}

TEST_P(JournalFaultTest, TakingAFailedSyncForAGoodOneIsCaught) {
  EXPECT_NE(fail_each_call(GetParam(), Code::io_error, Mutant::sync_error_ignored), "");
}

std::unique_ptr<Journal> open(FaultyFileSystem& disk, Durability durability,
                              std::uint64_t segment_bytes = 1 << 16) {
  auto journal = Journal::open(disk, {.directory = "data/journal",
                                      .lanes = 1,
                                      .durability = durability,
                                      .segment_bytes = segment_bytes,
                                      .threads = false});
  EXPECT_TRUE(journal.has_value());
  return std::move(*journal);
}

TEST_P(JournalFaultTest, AFailedSyncStopsAcknowledgementsForGood) {
  FaultyFileSystem disk;
  auto journal = open(disk, GetParam());
  const auto record = journal->append(0, RecordKind::intent, "waiting");
  ASSERT_TRUE(record);
  std::optional<Status> answer;
  journal->when_durable(0, record->sequence, [&](Status status) { answer = std::move(status); });
  EXPECT_EQ(answer.has_value(), GetParam() == Durability::process);
  disk.fail_nth(1, Code::io_error, Op::sync);
  EXPECT_FALSE(journal->background());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->has_value(), GetParam() == Durability::process);
  EXPECT_TRUE(journal->read_only());
  EXPECT_FALSE(journal->background());  // not tried again
  EXPECT_EQ(journal->append(0, RecordKind::settlement, "late").error().code, Code::io_error);
  EXPECT_FALSE(journal->close());
}

TEST_P(JournalFaultTest, AFullDiskRefusesIntentsAndStillSettles) {
  FaultyFileSystem disk;
  auto journal = open(disk, GetParam());
  ASSERT_TRUE(journal->background());
  EXPECT_FALSE(journal->storage_full());
  disk.set_capacity(disk.used());
  ASSERT_TRUE(journal->background());
  EXPECT_TRUE(journal->storage_full());
  EXPECT_EQ(journal->append(0, RecordKind::intent, "new").error().code, Code::storage_full);
  // The rest of this segment and the spare: 2 x 64 KiB.
  int settled = 0;
  const std::string settlement(1000, 's');
  while (journal->append(0, RecordKind::settlement, settlement)) ++settled;
  EXPECT_GE(settled, 2 * 60);
  EXPECT_FALSE(journal->read_only());

  disk.set_capacity(1 << 30);
  ASSERT_TRUE(journal->background());
  EXPECT_FALSE(journal->storage_full());
  EXPECT_TRUE(journal->append(0, RecordKind::intent, "new"));
  EXPECT_TRUE(journal->background());
  EXPECT_EQ(*journal->verify(), static_cast<std::uint64_t>(settled) + 1);
}

TEST_P(JournalFaultTest, AJournalOpensOnAFullDisk) {
  FaultyFileSystem disk;
  {
    auto journal = open(disk, GetParam());
    ASSERT_TRUE(journal->append(0, RecordKind::note, "kept"));
    ASSERT_TRUE(journal->close());
  }
  disk.set_capacity(disk.used());
  auto journal = open(disk, GetParam());
  EXPECT_EQ(*journal->verify(), 1u);
  EXPECT_TRUE(journal->append(0, RecordKind::settlement, "fits"));
}

TEST_P(JournalFaultTest, ASmallDiskGetsSmallSegments) {
  FaultyFileSystem disk;
  disk.set_capacity(64u << 20);
  auto journal = open(disk, GetParam(), 16u << 20);
  ASSERT_TRUE(journal->background());
  EXPECT_LE(disk.used(), 9u << 20);
}

}  // namespace
}  // namespace maester::store
