// T04: seeds of the simulation (ledger_sim.h), and the planted bugs that it must catch.
#include "meter/ledger_sim.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "meter/usage_store.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

constexpr int kSteps = 120;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t kSeeds = 1'000;
#else
constexpr std::uint64_t kSeeds = 10'000;
#endif
#else
constexpr std::uint64_t kSeeds = 10'000;
#endif

TEST(LedgerSimulationTest, EveryPromiseHoldsForEverySeed) {
  std::uint64_t crashes = 0, refusals = 0, dispatched = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    LedgerSimulation world(seed, {});
    const std::string violation = world.run(kSteps);
    ASSERT_EQ(violation, "") << "seed " << seed;
    crashes += world.crashes();
    refusals += world.refusals();
    dispatched += world.dispatched();
  }
  // The worlds are not idle ones.
  EXPECT_GT(crashes, kSeeds);
  EXPECT_GT(refusals, kSeeds);
  EXPECT_GT(dispatched, 10 * kSeeds);
  std::printf("%llu seeds: %llu calls, %llu refusals, %llu crashes\n",
              static_cast<unsigned long long>(kSeeds), static_cast<unsigned long long>(dispatched),
              static_cast<unsigned long long>(refusals), static_cast<unsigned long long>(crashes));
}

// The same with the start that the server makes: projection, interrupted attempts, usage.db - kept
// over the restarts, or made again from the journal.
TEST(LedgerSimulationTest, TheProjectionFindsWhatWasSpent) {
  for (std::uint64_t seed = 2; seed <= 60; seed += 2) {
    const store::TestDirectory directory;
    int starts = 0;
    const auto recover = [&](store::Journal& journal,
                             const LedgerSimulation::Load& load) -> Status {
      const bool keep = seed % 4 == 0;
      const std::string path = directory.path() + "/" + (keep ? "" : std::to_string(++starts));
      TRY_ASSIGN(const auto usage, UsageStore::open(journal, {.path = path + "usage.db"}));
      TRY(usage->recover());
      TRY_ASSIGN(const auto totals, usage->budget_totals());
      for (const BudgetTotal& total : totals) load(total.tenant, total.charge, total.settled);
      return {};
    };
    LedgerSimulation world(seed, {}, recover);
    ASSERT_EQ(world.run(300), "") << "seed " << seed;
  }
}

TEST(LedgerSimulationTest, ASeedReplaysIdentically) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LedgerSimulation first(seed, {}), second(seed, {});
    first.run(kSteps);
    second.run(kSteps);
    EXPECT_EQ(first.trace(), second.trace());
  }
}

struct Planted {
  const char* name;
  LedgerSimulation::Mutants mutants;
};

class LedgerMutantTest : public ::testing::TestWithParam<Planted> {};
INSTANTIATE_TEST_SUITE_P(
    All, LedgerMutantTest,
    ::testing::Values(
        Planted{"CheckWithoutReserving", {.ledger = LedgerMutant::check_without_reserving}},
        Planted{"PartOfTheChain", {.ledger = LedgerMutant::part_of_the_chain}},
        Planted{"SettleTwice", {.ledger = LedgerMutant::settle_twice}},
        Planted{"KeepReservation", {.ledger = LedgerMutant::keep_reservation}},
        Planted{"FollowClockBack", {.ledger = LedgerMutant::follow_clock_back}},
        Planted{"DropReservationsAtRestart", {.replay = ReplayMutant::drop_reservations}},
        Planted{"CountDuplicates", {.replay = ReplayMutant::count_duplicates}}),
    [](const auto& info) { return info.param.name; });

TEST_P(LedgerMutantTest, ThePlantedBugIsCaughtAndItsSeedReplays) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string violation = LedgerSimulation(seed, GetParam().mutants).run(kSteps);
    if (violation.empty()) continue;
    EXPECT_EQ(LedgerSimulation(seed, GetParam().mutants).run(kSteps), violation);
    return;
  }
  FAIL() << "the simulation would not notice this bug";
}

}  // namespace
}  // namespace maester::meter
