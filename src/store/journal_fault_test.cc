// T03 and T05 for the journal: every call to the disk fails once; the disk fills up and empties
// again.
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/journal_stage.h"
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
    if (workload.waiter_forgotten()) return "a staged record without an outcome" + where;
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

JournalStage& stage_of(const std::unique_ptr<Journal>& journal) {
  return JournalStage::of(*journal);
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

struct Told final : StagedAppend {
  void written(const Status& done) override {
    ++times;
    outcome = done;
  }
  int times = 0;
  Status outcome;
};

TEST_P(JournalFaultTest, WhatIsStagedIsWrittenByOneWriteAndToldThen) {
  FaultyFileSystem disk;
  auto journal = open(disk, GetParam());
  ASSERT_TRUE(journal->append(0, RecordKind::note, "before"));
  const std::uint64_t operations = disk.operations();
  Told one, two;
  const auto first = stage_of(journal).stage(0, RecordKind::intent, "one", one);
  const auto second = stage_of(journal).stage(0, RecordKind::settlement, "two", two);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(disk.operations(), operations);
  EXPECT_EQ(one.times + two.times, 0);
  ASSERT_TRUE(stage_of(journal).flush(0));
  EXPECT_EQ(disk.operations(), operations + 1);
  EXPECT_EQ(one.times, 1);
  EXPECT_EQ(two.times, 1);
  EXPECT_TRUE(one.outcome && two.outcome);
  ASSERT_TRUE(journal->background());
  EXPECT_EQ(journal->written(), Positions{3});
  EXPECT_EQ(journal->read_at(first->location)->payload, "one");
  EXPECT_EQ(journal->read_at(second->location)->payload, "two");
  EXPECT_TRUE(stage_of(journal).flush(0));  // nothing is left
  EXPECT_EQ(one.times, 1);
}

TEST_P(JournalFaultTest, AnAppendBehindStagedRecordsWritesThemToo) {
  FaultyFileSystem disk;
  auto journal = open(disk, GetParam());
  Told one;
  ASSERT_TRUE(stage_of(journal).stage(0, RecordKind::intent, "one", one));
  const auto second = journal->append(0, RecordKind::note, "two");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->sequence, 2u);
  EXPECT_EQ(one.times, 1);
  ASSERT_TRUE(journal->background());
  EXPECT_EQ(*journal->verify(), 2u);
}

TEST_P(JournalFaultTest, StagedRecordsThatDoNotFitTheSegmentAreWrittenBeforeItIsLeft) {
  FaultyFileSystem disk;
  auto journal = open(disk, GetParam(), 4096);
  Told one, two;
  ASSERT_TRUE(stage_of(journal).stage(0, RecordKind::intent, std::string(3000, 'a'), one));
  const auto second = stage_of(journal).stage(0, RecordKind::intent, std::string(3000, 'b'), two);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->location.segment, 2u);
  EXPECT_EQ(one.times, 1);
  EXPECT_EQ(two.times, 0);
  ASSERT_TRUE(stage_of(journal).flush(0));
  ASSERT_TRUE(journal->background());
  EXPECT_EQ(*journal->verify(), 2u);
}

TEST_P(JournalFaultTest, AFailedWriteTakesAllThatWasStaged) {
  for (const Code code : {Code::io_error, Code::storage_full}) {
    FaultyFileSystem disk;
    auto journal = open(disk, GetParam());
    ASSERT_TRUE(journal->append(0, RecordKind::note, "before"));
    Told one, two;
    ASSERT_TRUE(stage_of(journal).stage(0, RecordKind::intent, "one", one));
    ASSERT_TRUE(stage_of(journal).stage(0, RecordKind::intent, "two", two));
    disk.fail_nth(1, code, Op::write);
    EXPECT_EQ(stage_of(journal).flush(0).error().code, code);
    ASSERT_FALSE(one.outcome || two.outcome);
    EXPECT_EQ(one.outcome.error().code, code);
    EXPECT_EQ(two.times, 1);
    EXPECT_EQ(journal->read_only(), code == Code::io_error);
    if (journal->read_only()) continue;
    const auto next = journal->append(0, RecordKind::settlement, "in their place");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->sequence, 2u);
    ASSERT_TRUE(journal->background());
    EXPECT_EQ(*journal->verify(), 2u);
  }
}

runtime::Task<void> append_one(Journal& journal, int& done) {
  auto appending = append_durably(journal, 0, RecordKind::settlement, "a turn's");
  const Status status = co_await std::move(appending);
  if (status) ++done;
}

TEST(JournalTurnTest, WhatACoreAppendsInOneTurnIsOneWrite) {
  FaultyFileSystem disk;
  auto journal = open(disk, Durability::process);
  SystemClock clock;
  SystemRandom random;
  runtime::CorePool pool(1, clock, random);
  pool.start();
  const std::uint64_t operations = disk.operations();
  int done = 0;
  auto work = [&]() -> runtime::Task<void> {
    runtime::TaskGroup group(pool.at(0));
    for (int i = 0; i < 20; ++i) group.spawn(append_one(*journal, done));
    EXPECT_EQ(done, 0);  // nothing is acknowledged before the write
    EXPECT_EQ(journal->written(), Positions{0});
    auto joining = group.join({});
    EXPECT_TRUE(co_await std::move(joining));
  };
  runtime::run_blocking(pool.at(0), work());
  pool.stop();
  EXPECT_EQ(done, 20);
  EXPECT_EQ(disk.operations(), operations + 1);
  EXPECT_EQ(*journal->verify(), 20u);
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
