#include "runtime/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace maester::runtime {
namespace {

struct Probe final : Timer {
  std::function<void()> action;
  void on_timer() override { action(); }
};

constexpr MonoTime kStart{std::chrono::seconds{10}};

TEST(TimerWheelTest, FiresNeverEarlyAndAtMostATickLate) {
  TimerWheel wheel(kStart);
  std::mt19937 random(7);  // NOLINT: the same sequence each run
  std::vector<std::unique_ptr<Probe>> probes;
  MonoTime now = kStart;
  std::size_t fired = 0;
  for (int i = 0; i < 2'000; ++i) {
    // Up to two turns of the wheel ahead.
    const MonoTime when = kStart + nanoseconds{random() % 42'000'000'000};
    auto probe = std::make_unique<Probe>();
    probe->action = [&, when] {
      EXPECT_GE(now, when);
      EXPECT_LE(now, when + TimerWheel::kTick);
      ++fired;
    };
    wheel.add(*probe, when);
    probes.push_back(std::move(probe));
  }
  while (const std::optional<MonoTime> next = wheel.next()) {
    ASSERT_GT(*next, now);
    now = *next;
    wheel.advance(now);
  }
  EXPECT_EQ(fired, 2'000u);
}

TEST(TimerWheelTest, ALongPauseFiresAllThatIsDueOnce) {
  TimerWheel wheel(kStart);
  int fired = 0;
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 0; i < 100; ++i) {
    probes.push_back(std::make_unique<Probe>());
    probes.back()->action = [&] { ++fired; };
    wheel.add(*probes.back(), kStart + std::chrono::seconds{i});
  }
  wheel.advance(kStart + std::chrono::seconds{1'000});
  EXPECT_EQ(fired, 100);
  EXPECT_FALSE(wheel.next());
}

TEST(TimerWheelTest, ATimerMayDisarmADueNeighbourAndArmItselfAgain) {
  TimerWheel wheel(kStart);
  Probe first, second;
  int firsts = 0;
  first.action = [&] {
    if (second.armed()) wheel.remove(second);
    if (++firsts < 3) wheel.add(first, kStart);  // past: the next tick
  };
  second.action = [] { FAIL() << "disarmed by its neighbour"; };
  wheel.add(first, kStart + milliseconds{5});
  wheel.add(second, kStart + milliseconds{5});
  for (int i = 1; i < 10; ++i) wheel.advance(kStart + i * TimerWheel::kTick);
  EXPECT_EQ(firsts, 3);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheelTest, DestroyingATimerDisarmsIt) {
  TimerWheel wheel(kStart);
  {
    Probe probe;
    wheel.add(probe, kStart + milliseconds{5});
  }
  EXPECT_EQ(wheel.size(), 0u);
  wheel.advance(kStart + milliseconds{50});
}

}  // namespace
}  // namespace maester::runtime
