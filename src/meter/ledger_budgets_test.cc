#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/random.h"
#include "meter/ledger.h"

namespace maester::meter {
namespace {

using namespace std::chrono;

FemtoUsd usd(const char* text) {
  return *FemtoUsd::parse(text);
}

Budget budget(std::string id, Scope scope, Window window, const char* limit, bool hard = true) {
  Budget out;
  out.id = out.name = std::move(id);
  out.owner = scope.tenant;
  out.scope = std::move(scope);
  out.window = window;
  out.limit = usd(limit);
  out.hard = hard;
  return out;
}

class LedgerBudgetsTest : public ::testing::Test {
 protected:
  std::expected<Ledger::Held, BudgetRefusal> hold(const char* amount,
                                                  Spender spender = {.tenant = "t", .key = "k1"}) {
    return ledger_.hold(ledger_.chain(spender), usd(amount), Deadline::after(clock_, seconds(60)));
  }
  FemtoUsd used(const char* id) {
    const auto status = ledger_.status("t", id);
    return status->settled + status->reserved;
  }
  // 2026-11-21, a Saturday, 12:30 UTC
  ManualClock clock_{WallTime{sys_days(year(2026) / 11 / 21) + hours(12) + minutes(30)}};
  Ledger ledger_{clock_};
};

TEST_F(LedgerBudgetsTest, WithoutBudgetsThereIsNoChain) {
  EXPECT_FALSE(ledger_.has_budgets());
  EXPECT_TRUE(ledger_.chain({.tenant = "t"}).empty());
  ledger_.put(budget("b", {.tenant = "other"}, Window::day, "1"));
  EXPECT_TRUE(ledger_.has_budgets());
  EXPECT_TRUE(ledger_.chain({.tenant = "t"}).empty());
  ledger_.remove("other", "b");
  EXPECT_FALSE(ledger_.has_budgets());
}

TEST_F(LedgerBudgetsTest, SettledAndReservedNeverPassAHardLimit) {
  ledger_.put(budget("b", {.tenant = "t"}, Window::day, "1"));
  auto first = hold("0.6");
  ASSERT_TRUE(first);
  const auto refused = hold("0.400000000000001");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status.reserved, usd("0.6"));
  EXPECT_EQ(refused.error().asked, usd("0.400000000000001"));
  auto second = hold("0.4");
  ASSERT_TRUE(second);
  EXPECT_FALSE(hold("0.000000000000001"));
  first->reservation.settle(usd("0.1"));
  EXPECT_EQ(used("b"), usd("0.5"));
  EXPECT_TRUE(hold("0.5"));
}

TEST_F(LedgerBudgetsTest, AChainIsReservedWholeOrNotAtAll) {
  ledger_.put(budget("tenant", {.tenant = "t"}, Window::month, "10"));
  ledger_.put(budget("key", {.tenant = "t", .key = "k1"}, Window::day, "1"));
  ledger_.put(budget("user", {.tenant = "t", .user = "ann"}, Window::hour, "5"));
  const Spender ann{.tenant = "t", .key = "k1", .user = "ann"};
  auto held = hold("0.75", ann);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->charges.size(), 3u);
  const auto refused = hold("0.5", ann);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status.budget.id, "key");
  for (const char* id : {"tenant", "key", "user"}) EXPECT_EQ(used(id), usd("0.75")) << id;
  held->reservation.settle(usd("0.25"));
  for (const char* id : {"tenant", "key", "user"}) EXPECT_EQ(used(id), usd("0.25")) << id;
  EXPECT_TRUE(ledger_.conserved());
}

TEST_F(LedgerBudgetsTest, ASoftBudgetLetsPassAndWarnsOnceAThreshold) {
  Budget soft = budget("soft", {.tenant = "t"}, Window::day, "1", false);
  soft.warn_at = {50, 100};
  ledger_.put(soft);
  EXPECT_TRUE(hold("0.25")->warnings.empty());  // forgotten: charged whole
  const auto half = hold("0.25");
  ASSERT_EQ(half->warnings.size(), 1u);
  EXPECT_EQ(half->warnings[0].percent, 50);
  EXPECT_TRUE(half->warnings[0].first);
  EXPECT_FALSE(hold("0.25")->warnings[0].first);
  const auto over = hold("5");
  EXPECT_EQ(over->warnings[0].percent, 100);
  EXPECT_TRUE(over->warnings[0].first);
}

TEST_F(LedgerBudgetsTest, WhatHasNoBoundIsRefusedByHardAndTakenForNothingBySoft) {
  ledger_.put(budget("soft", {.tenant = "t"}, Window::day, "1", false));
  const auto chain = ledger_.chain({.tenant = "t"});
  EXPECT_EQ(ledger_.hold(chain, std::nullopt, Deadline::never())->reservation.amount(), usd("0"));
  ledger_.put(budget("hard", {.tenant = "t"}, Window::day, "1"));
  const auto refused =
      ledger_.hold(ledger_.chain({.tenant = "t"}), std::nullopt, Deadline::never());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().asked, std::nullopt);
}

TEST_F(LedgerBudgetsTest, EachUserHasACounterOfItsOwnFromTheFirstRequestOn) {
  ledger_.put(budget("each", {.tenant = "t", .user = "*"}, Window::day, "1"));
  const Spender ann{.tenant = "t", .user = "ann"}, bob{.tenant = "t", .user = "bob"};
  EXPECT_FALSE(hold("1.5", ann));
  auto first = hold("1", ann);
  EXPECT_TRUE(first);
  EXPECT_FALSE(hold("0.1", ann));
  EXPECT_TRUE(hold("1", bob));
  EXPECT_TRUE(ledger_.chain({.tenant = "t"}).empty());
  EXPECT_EQ(ledger_.status("t", "each")->subjects, 2u);
}

TEST_F(LedgerBudgetsTest, AWindowResetsOnceAndNeverGoesBack) {
  ledger_.put(budget("h", {.tenant = "t"}, Window::hour, "1"));
  hold("1")->reservation.settle(usd("1"));
  EXPECT_FALSE(hold("0.1"));
  clock_.set_wall(clock_.wall() + hours(1));
  EXPECT_TRUE(hold("0.3"));  // forgotten: charged
  clock_.set_wall(clock_.wall() - hours(1));
  EXPECT_EQ(used("h"), usd("0.3"));
  EXPECT_FALSE(hold("0.8"));
  clock_.set_wall(clock_.wall() + hours(1));
  EXPECT_EQ(used("h"), usd("0.3"));
  clock_.set_wall(clock_.wall() + hours(1));
  EXPECT_EQ(used("h"), usd("0"));
}

TEST_F(LedgerBudgetsTest, WhatCrossesAWindowsEndIsChargedToTheOneItBeganIn) {
  ledger_.put(budget("h", {.tenant = "t"}, Window::hour, "1"));
  auto held = hold("1");
  clock_.advance(hours(1));
  auto next = hold("1");
  ASSERT_TRUE(next);
  EXPECT_LT(held->charges[0].window, next->charges[0].window);
  held->reservation.settle(usd("1"));
  EXPECT_EQ(used("h"), usd("1"));  // of the new window alone
  next->reservation.settle(usd("0.2"));
  EXPECT_EQ(used("h"), usd("0.2"));
  ledger_.expire();
  EXPECT_TRUE(ledger_.conserved());
}

TEST_F(LedgerBudgetsTest, ALoadedWindowGoesOnWhereItStood) {
  const WallTime today{sys_days(year(2026) / 11 / 21)};
  ledger_.put(budget("d", {.tenant = "t"}, Window::day, "1"));
  ledger_.load_spent("t", {.budget = "d", .subject = "", .window = today}, usd("0.9"));
  ledger_.load_spent("t", {.budget = "gone", .subject = "", .window = today}, usd("0.9"));
  EXPECT_FALSE(hold("0.2"));
  EXPECT_TRUE(hold("0.1"));
  // Yesterday's is over; tomorrow's was begun by a clock that was ahead.
  ledger_.put(budget("old", {.tenant = "t"}, Window::day, "1"));
  ledger_.load_spent("t", {.budget = "old", .subject = "", .window = today - days(1)}, usd("1"));
  EXPECT_EQ(used("old"), usd("0"));
  ledger_.load_spent("t", {.budget = "old", .subject = "", .window = today + days(1)}, usd("0.5"));
  EXPECT_EQ(used("old"), usd("0.5"));
  EXPECT_EQ(ledger_.status("t", "old")->resets_at, today + days(2));
}

TEST_F(LedgerBudgetsTest, AnExpiredReservationIsChargedInEveryBudgetAndCorrectedLate) {
  ledger_.put(budget("a", {.tenant = "t"}, Window::total, "10"));
  ledger_.put(budget("b", {.tenant = "t", .key = "k1"}, Window::total, "10"));
  auto held = hold("4");
  clock_.advance(seconds(61));
  EXPECT_EQ(ledger_.expire(), 1u);
  EXPECT_EQ(ledger_.status("t", "b")->settled, usd("4"));
  EXPECT_TRUE(ledger_.conserved());
  held->reservation.settle(usd("1"));
  EXPECT_EQ(used("a"), usd("1"));
  EXPECT_EQ(used("b"), usd("1"));
  EXPECT_TRUE(ledger_.conserved());
}

TEST_F(LedgerBudgetsTest, ABudgetThatIsRemovedOrChangedUnderARequest) {
  ledger_.put(budget("b", {.tenant = "t"}, Window::total, "1"));
  const auto chain = ledger_.chain({.tenant = "t"});
  auto held = hold("1");
  ledger_.put(budget("b", {.tenant = "t"}, Window::total, "3"));
  EXPECT_TRUE(ledger_.hold(chain, usd("2"), Deadline::never()));
  ledger_.remove("t", "b");
  const auto after = ledger_.hold(chain, usd("100"), Deadline::never());
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->charges.empty());
  held->reservation.settle(usd("0.5"));  // into nothing, and nothing breaks
}

// Four threads race for budgets that overlap; no interleaving may pass a limit.
TEST_F(LedgerBudgetsTest, NoRaceOverspendsAndNoneDeadlocks) {
  ledger_.put(budget("all", {.tenant = "t"}, Window::total, "0.000000000001"));  // 1000 units
  ledger_.put(budget("k1", {.tenant = "t", .key = "k1"}, Window::total, "0.0000000000004"));
  ledger_.put(budget("each", {.tenant = "t", .user = "*"}, Window::total, "0.0000000000005"));
  std::atomic<std::int64_t> spent{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(t);
      for (int i = 0; i < 20'000; ++i) {
        const Spender who{.tenant = "t",
                          .key = random.below(2) == 0 ? "k1" : "k2",
                          .user = random.below(2) == 0 ? "ann" : "bob"};
        const auto amount = static_cast<std::int64_t>(1 + random.below(40));
        auto held =
            ledger_.hold(ledger_.chain(who), FemtoUsd::from_units(amount), Deadline::never());
        const auto all = ledger_.status("t", "all");
        if (all->settled + all->reserved > all->budget.limit) over = true;
        if (!held) continue;
        const auto actual = static_cast<std::int64_t>(random.below(2)) * (i % 400 == 0 ? 1 : 0);
        held->reservation.settle(FemtoUsd::from_units(actual));
        spent += actual;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(over);
  EXPECT_EQ(ledger_.status("t", "all")->settled.units(), int128{spent.load()});
  EXPECT_EQ(ledger_.status("t", "all")->reserved.units(), int128{0});
  EXPECT_TRUE(ledger_.conserved());
}

}  // namespace
}  // namespace maester::meter
