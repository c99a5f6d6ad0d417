#include "meter/ledger.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/random.h"

namespace maester::meter {
namespace {

FemtoUsd usd(const char* text) {
  return *FemtoUsd::parse(text);
}

class LedgerTest : public ::testing::Test {
 protected:
  Result<Reservation> reserve(const char* scope, FemtoUsd amount,
                              std::optional<FemtoUsd> limit = std::nullopt) {
    return ledger_.reserve({.tenant = "t",
                            .scope = scope,
                            .amount = amount,
                            .limit = limit,
                            .expires = Deadline::after(clock_, std::chrono::seconds(60))});
  }
  ManualClock clock_;
  Ledger ledger_{clock_};
};

TEST_F(LedgerTest, AReservationIsReplacedByWhatWasSpent) {
  auto reservation = reserve("demo", usd("0.01"));
  ASSERT_TRUE(reservation);
  EXPECT_EQ(ledger_.totals("t", "demo").reserved, usd("0.01"));
  const ScopeTotals after = reservation->settle(usd("0.004"));
  EXPECT_EQ(after.settled, usd("0.004"));
  EXPECT_EQ(after.reserved, usd("0"));
  EXPECT_EQ(after.counter, usd("0.004"));
  EXPECT_EQ(after.request_count, 1);
  EXPECT_FALSE(reservation->open());
  EXPECT_TRUE(ledger_.conserved());
}

TEST_F(LedgerTest, WhatIsAboveTheLimitReservesNothing) {
  const auto refused = reserve("demo", usd("0.010000000000001"), usd("0.01"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::budget_exceeded);
  EXPECT_EQ(ledger_.totals("t", "demo").counter, usd("0"));
  EXPECT_TRUE(reserve("demo", usd("0.01"), usd("0.01")));
}

TEST_F(LedgerTest, ACancelledReservationCountsNoRequest) {
  const ScopeTotals after = reserve("demo", usd("1"))->cancel();
  EXPECT_EQ(after.counter, usd("0"));
  EXPECT_EQ(after.request_count, 0);
}

TEST_F(LedgerTest, AForgottenReservationIsChargedWhole) {
  {
    const auto reservation = reserve("demo", usd("1"));
  }
  EXPECT_EQ(ledger_.totals("t", "demo").settled, usd("1"));
  EXPECT_EQ(ledger_.totals("t", "demo").open, 0);
}

TEST_F(LedgerTest, AMovedReservationIsSettledOnce) {
  Reservation holder = std::move(*reserve("demo", usd("1")));
  Reservation other = std::move(holder);
  holder = std::move(*reserve("demo", usd("2")));
  other.settle(usd("0.5"));
  holder = Reservation();  // forgotten: charged
  EXPECT_EQ(ledger_.totals("t", "demo").settled, usd("2.5"));
  EXPECT_EQ(ledger_.totals("t", "demo").request_count, 2);
}

TEST_F(LedgerTest, AnExpiredReservationIsChargedAndALateSettlementCorrectsIt) {
  auto reservation = reserve("demo", usd("1"));
  clock_.advance(std::chrono::seconds(59));
  EXPECT_EQ(ledger_.expire(), 0u);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(ledger_.expire(), 1u);
  EXPECT_EQ(ledger_.expire(), 0u);
  EXPECT_EQ(ledger_.totals("t", "demo").settled, usd("1"));
  EXPECT_EQ(ledger_.totals("t", "demo").open, 0);
  EXPECT_TRUE(ledger_.conserved());
  const ScopeTotals after = reservation->settle(usd("0.25"));
  EXPECT_EQ(after.settled, usd("0.25"));
  EXPECT_EQ(after.counter, usd("0.25"));
  EXPECT_TRUE(ledger_.conserved());
}

TEST_F(LedgerTest, AWallClockStepExpiresNothing) {
  const auto reservation = reserve("demo", usd("1"));
  clock_.set_wall(clock_.wall() + std::chrono::hours(24));
  EXPECT_EQ(ledger_.expire(), 0u);
}

TEST_F(LedgerTest, TenantsWithTheSameScopeNameDoNotShareTotals) {
  reserve("demo", usd("1"))->settle(usd("1"));
  EXPECT_EQ(ledger_.totals("other", "demo").counter, usd("0"));
  EXPECT_EQ(ledger_.totals("t/demo", "").counter, usd("0"));
  EXPECT_EQ(ledger_.totals("", "t/demo").counter, usd("0"));
}

TEST_F(LedgerTest, LoadedTotalsAreTheStart) {
  ledger_.load("t", "demo", usd("5"), 7);
  const ScopeTotals after = reserve("demo", usd("1"))->settle(usd("1"));
  EXPECT_EQ(after.settled, usd("6"));
  EXPECT_EQ(after.request_count, 8);
  EXPECT_TRUE(ledger_.conserved());
}

// I4 under threads: reserve, settle, cancel, forget and expire at random; every amount is odd so
// that a lost or doubled one shows.
TEST_F(LedgerTest, ConcurrentUseConservesEveryUnit) {
  constexpr int kThreads = 4;
  std::array<int128, kThreads> spent{};
  std::atomic<bool> done{false};
  std::thread sweeper([&] {
    while (!done) ledger_.expire();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(static_cast<std::uint64_t>(t));
      for (int i = 0; i < 20'000; ++i) {
        const auto amount = static_cast<std::int64_t>(random.below(1000) * 2 + 1);
        auto reservation = ledger_.reserve(
            {.tenant = "t",
             .scope = random.below(2) == 0 ? "a" : "b",
             .amount = FemtoUsd::from_units(amount),
             .limit = std::nullopt,
             .expires = random.below(4) == 0 ? Deadline::at(MonoTime{}) : Deadline::never()});
        switch (random.below(3)) {
          case 0:
            reservation->settle(FemtoUsd::from_units(amount / 2));
            spent[static_cast<std::size_t>(t)] += amount / 2;
            break;
          case 1:
            reservation->cancel();
            break;
          default:
            spent[static_cast<std::size_t>(t)] += amount;  // forgotten
        }
        if (i % 1000 == 0) ASSERT_TRUE(ledger_.conserved());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done = true;
  sweeper.join();
  int128 sum = 0;
  for (const int128 s : spent) sum += s;
  EXPECT_EQ((ledger_.totals("t", "a").settled + ledger_.totals("t", "b").settled).units(), sum);
  EXPECT_EQ(ledger_.totals("t", "a").reserved.units(), int128{0});
  EXPECT_TRUE(ledger_.conserved());
}

}  // namespace
}  // namespace maester::meter
