// T02: the power is cut (or the process killed) at every step of a scripted use, in every way; what
// the journal promised must be there. And the check itself is checked: each planted bug must be
// caught.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "store/journal_format.h"
#include "store/journal_workload.h"

namespace maester::store {
namespace {

struct Outcome {
  std::uint64_t crash_points = 0;
  std::string violation;  // the first, with what reproduces it
};

constexpr Crash kPowerCuts[] = {Crash::drop_unsynced, Crash::subset, Crash::torn, Crash::reordered};

Outcome crash_everywhere(Durability durability, Mutant mutant, std::uint64_t seed, int steps) {
  JournalWorkload workload(durability, mutant, seed);
  Outcome out;
  std::uint64_t step = 0;
  const auto try_one = [&](Crash crash, std::uint64_t variant, bool in_flight) {
    if (!out.violation.empty()) return;
    ++out.crash_points;
    const auto violation = workload.check(crash, step * 16 + variant, in_flight);
    if (violation) {
      out.violation = *violation + " (workload seed " + std::to_string(seed) + ", step " +
                      std::to_string(step) + ", crash " + std::to_string(static_cast<int>(crash)) +
                      ", variant " + std::to_string(variant) + ")";
    }
  };
  workload.disk().on_change = [&](FaultyFileSystem::Op) {
    ++step;
    for (const Crash crash : kPowerCuts) {
      for (std::uint64_t variant = 0; variant < (crash == Crash::drop_unsynced ? 1 : 2);
           ++variant) {
        try_one(crash, variant + 2 * static_cast<std::uint64_t>(crash), true);
      }
    }
    try_one(Crash::kill, 0, false);
    try_one(Crash::kill, 1, true);
  };
  workload.run(steps);
  return out;
}

class JournalCrashTest : public ::testing::TestWithParam<Durability> {};
INSTANTIATE_TEST_SUITE_P(Both, JournalCrashTest,
                         ::testing::Values(Durability::process, Durability::power),
                         [](const auto& info) {
                           return info.param == Durability::power ? "Power" : "Process";
                         });

TEST_P(JournalCrashTest, EveryPromiseHoldsWhereverThePowerIsCut) {
  std::uint64_t points = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Outcome outcome = crash_everywhere(GetParam(), Mutant::none, seed, 120);
    ASSERT_EQ(outcome.violation, "");
    points += outcome.crash_points;
  }
  EXPECT_GE(points, 5'000u);
  std::printf("%llu crash points\n", static_cast<unsigned long long>(points));
}

// The planted bugs, and the mode in which each breaks a promise.
struct Planted {
  const char* name;
  Mutant mutant;
  Durability durability;
};

class JournalMutantTest : public ::testing::TestWithParam<Planted> {};
INSTANTIATE_TEST_SUITE_P(
    All, JournalMutantTest,
    ::testing::Values(Planted{"SkipSync", Mutant::skip_sync, Durability::power},
                      Planted{"SkipSyncInProcessMode", Mutant::skip_sync, Durability::process},
                      Planted{"AcknowledgeFirst", Mutant::acknowledge_first, Durability::process},
                      Planted{"AcceptBadChecksum", Mutant::accept_bad_checksum,
                              Durability::process},
                      Planted{"TrustPageCache", Mutant::trust_page_cache, Durability::power},
                      Planted{"ForgetLostTail", Mutant::forget_lost_tail, Durability::process}),
    [](const auto& info) { return info.param.name; });

TEST_P(JournalMutantTest, ThePlantedBugIsCaught) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    if (!crash_everywhere(GetParam().durability, GetParam().mutant, seed, 120).violation.empty()) {
      return;
    }
  }
  FAIL() << "the crash test would not notice this bug";
}

// Two histories that part after record 3: the second one's record 4 stands before the first one's
// record 5, as after a lost write. Only the chain tells.
Result<std::vector<std::string>> open_mixed_histories(Mutant mutant) {
  FaultyFileSystem disk;
  const std::string path = "data/journal/" + segment_file_name(0, 1);
  auto file = *disk.open(path, FileSystem::Open::create_new);
  EXPECT_TRUE(file->write_at(0, encode_segment_header({.lane = 0, .segment = 1})));
  std::uint64_t offset = kSegmentHeaderBytes;
  ChainEnd end;
  std::string bytes;
  const auto put = [&](std::string_view payload) {
    bytes.clear();
    end = encode_record(bytes, end, 0, RecordKind::note, payload);
    EXPECT_TRUE(file->write_at(offset, bytes));
    offset += bytes.size();
  };
  for (const char* payload : {"one", "two", "three"}) put(payload);
  const ChainEnd fork = end;
  const std::uint64_t fork_offset = offset;
  for (const char* payload : {"old 4", "old 5"}) put(payload);
  end = fork;
  offset = fork_offset;
  put("new 4");
  TRY_ASSIGN(
      const auto journal,
      open_journal_with_mutant(disk, {.directory = "data/journal", .threads = false}, mutant));
  std::vector<std::string> out;
  TRY(journal->read(0, 0, 100, [&](const Record& record) { out.push_back(record.payload); }));
  return out;
}

TEST(JournalChain, AnOldTailBehindANewRecordIsNotRead) {
  EXPECT_EQ(*open_mixed_histories(Mutant::none),
            (std::vector<std::string>{"one", "two", "three", "new 4"}));
  EXPECT_EQ(open_mixed_histories(Mutant::ignore_chain)->back(), "old 5");  // the planted bug shows
}

}  // namespace
}  // namespace maester::store
