#include "runtime/core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "runtime/suspension.h"
#include "runtime/turn_end.h"
#include "runtime/worker_pool.h"

namespace maester::runtime {
namespace {

class CoreTest : public ::testing::Test {
 protected:
  CoreTest() : pool(2, clock, random) { pool.start(); }
  ~CoreTest() override { pool.stop(); }
  SystemClock clock;
  SystemRandom random;
  CorePool pool;
  Core& core = pool.at(0);
};

Task<int> add(int a, int b) {
  co_return a + b;
}

TEST_F(CoreTest, NestedTasksReturnTheirValuesOnTheCore) {
  int sum = 0;
  Core* seen = nullptr;
  auto work = [&]() -> Task<void> {
    for (int i = 0; i < 1000; ++i) {
      auto one = add(i, 1);
      sum += co_await one;
    }
    seen = Core::current();
  };
  run_blocking(core, work());
  EXPECT_EQ(sum, 500'500);
  EXPECT_EQ(seen, &core);
}

TEST_F(CoreTest, PostedWorkRunsInOrderOfArrival) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) core.post([&order, i] { order.push_back(i); });
  auto nothing = []() -> Task<void> { co_return; };
  run_blocking(core, nothing());
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_F(CoreTest, SleepEndsAtItsDeadlineNeverEarlyAndAtMostATickLate) {
  auto work = [&]() -> Task<void> {
    for (const int ms : {1, 7, 23}) {
      const MonoTime start = clock.mono();
      auto nap = core.sleep({.deadline = Deadline::after(clock, milliseconds{ms}), .stop = {}});
      const Status status = co_await nap;
      const nanoseconds took = clock.mono() - start;
      EXPECT_TRUE(status);
      EXPECT_GE(took, milliseconds{ms});
      EXPECT_LT(took,
                milliseconds{ms + 200});  // a loaded machine; the wheel's own test bounds the tick
    }
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, SleepIsEndedByItsStop) {
  auto work = [&]() -> Task<void> {
    StopSource source;
    TaskGroup group(core);
    Status slept;
    auto sleeper = [&]() -> Task<void> {
      auto nap = core.sleep({.deadline = Deadline::never(), .stop = source.token()});
      slept = co_await nap;
    };
    group.spawn(sleeper());
    EXPECT_EQ(group.size(), 1u);
    source.request_stop();
    auto joined = group.join({});
    EXPECT_TRUE(co_await joined);
    EXPECT_EQ(slept.error().code, Code::cancelled);
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, JoinGivesUpAtItsDeadlineAndTheGroupStaysWhole) {
  auto work = [&]() -> Task<void> {
    StopSource source;
    TaskGroup group(core);
    auto sleeper = [&]() -> Task<void> {
      auto nap = core.sleep({.deadline = Deadline::never(), .stop = source.token()});
      (void)co_await nap;
    };
    group.spawn(sleeper());
    auto early = group.join({.deadline = Deadline::after(clock, milliseconds{10}), .stop = {}});
    const Status first = co_await early;
    EXPECT_EQ(first.error().code, Code::deadline_exceeded);
    EXPECT_EQ(group.size(), 1u);
    source.request_stop();
    auto late = group.join({});
    EXPECT_TRUE(co_await late);
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, AnUnfinishedTaskCanBeDestroyedWhileItSleeps) {
  auto work = [&]() -> Task<void> {
    Suspension never(core, {});
    {
      StopSource source;
      auto inner = [&]() -> Task<void> {
        auto nap = core.sleep(
            {.deadline = Deadline::after(clock, milliseconds{5}), .stop = source.token()});
        (void)co_await nap;
        ADD_FAILURE() << "resumed after its frame was destroyed";
      };
      Task<void> task = inner();
      // Started by hand, as a hedge would, and given up while it waits.
      task.await_suspend(std::noop_coroutine()).resume();
    }
    auto nap = core.sleep({.deadline = Deadline::after(clock, milliseconds{20}), .stop = {}});
    (void)co_await nap;
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, SignalBeforeTheAwaitIsNotLost) {
  auto work = [&]() -> Task<void> {
    Suspension pause(core, {});
    pause.signal();
    EXPECT_EQ(co_await pause, Wake::signalled);
  };
  run_blocking(core, work());
}

// Counts its calls and wakes everybody who waits for it.
struct Bell final : TurnEnd {
  void at_turn_end() override {
    ++rung;
    for (Suspension* one : std::exchange(waiting, {})) one->signal();
  }
  int rung = 0;
  std::vector<Suspension*> waiting;
};

TEST_F(CoreTest, ATurnsEndComesOnceForAllAndWhatItWakesMayAskForTheNext) {
  Bell bell;
  std::vector<int> rung;
  auto wait = [&]() -> Task<void> {
    for (int i = 0; i < 7; ++i) {  // more often than a turn has ends
      Suspension pause(core, {});
      bell.waiting.push_back(&pause);
      at_turn_end(bell);
      co_await pause;
      rung.push_back(bell.rung);
    }
  };
  auto work = [&]() -> Task<void> {
    TaskGroup group(core);
    for (int i = 0; i < 3; ++i) group.spawn(wait());
    auto joining = group.join({});
    EXPECT_TRUE(co_await std::move(joining));
  };
  run_blocking(core, work());
  EXPECT_EQ(bell.rung, 7);
  ASSERT_EQ(rung.size(), 21u);
  for (std::size_t i = 0; i < rung.size(); ++i) EXPECT_EQ(rung[i], static_cast<int>(i / 3) + 1);
}

TEST_F(CoreTest, WorkerPoolComesBackToTheCallingCore) {
  WorkerPool workers("work", 2, 16);
  auto work = [&]() -> Task<void> {
    std::thread::id inside;
    auto op = workers.run([&]() -> Result<int> {
      inside = std::this_thread::get_id();
      return 7;
    });
    const Result<int> result = co_await op;
    EXPECT_EQ(*result, 7);
    EXPECT_NE(inside, std::this_thread::get_id());
    EXPECT_EQ(Core::current(), &core);
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, AFullWorkerPoolSaysOverloadedAtOnce) {
  WorkerPool workers("work", 0, 0);
  auto work = [&]() -> Task<void> {
    auto op = workers.run([]() -> Result<int> { return 7; });
    const Result<int> result = co_await op;
    EXPECT_EQ(result.error().code, Code::overloaded);
  };
  run_blocking(core, work());
}

TEST_F(CoreTest, PostsFromManyThreadsAllArrive) {
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) core.post([&count] { ++count; });
      });
    }
  }
  auto nothing = []() -> Task<void> { co_return; };
  run_blocking(core, nothing());
  EXPECT_EQ(count, 20'000);
}

TEST(TaskGroupDeathTest, DestroyingAGroupWithTasksIsCaught) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  SystemClock clock;
  SystemRandom random;
  Core core(0, clock, random);
  EXPECT_DEATH(
      {
        TaskGroup group(core);
        auto sleeper = [&]() -> Task<void> {
          auto nap = core.sleep({});
          (void)co_await nap;
        };
        group.spawn(sleeper());
      },
      "TaskGroup");
}

}  // namespace
}  // namespace maester::runtime
