#include "gateway/pipeline/concurrency.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace maester::gateway {
namespace {

using Limiter = ConcurrencyLimiter;

// Nobody is refused for waiting too long, but who says so.
class ConcurrencyTest : public ::testing::Test {
 protected:
  ConcurrencyTest() : cores(2, clock, random) { cores.start(); }
  ~ConcurrencyTest() override { cores.stop(); }

  static Limiter::Room room(int total, int batch, int per_key = 0,
                            milliseconds queue = std::chrono::minutes{10}) {
    return {.per_key = per_key, .total = total, .batch = batch, .queue = queue};
  }
  static Limiter::Ask ask(std::string_view tenant, Priority priority = Priority::interactive) {
    return {.key_id = tenant, .tenant = tenant, .priority = priority};
  }
  Limiter::Slot take(std::string_view tenant, Limiter::Room of) {
    auto slot = limiter.acquire(ask(tenant), of);
    EXPECT_TRUE(slot);
    return slot ? *slot : nullptr;
  }
  // Somebody who waits on a core; where he stands is in `answers`.
  void wait(std::size_t core, Limiter::Ask asked, Limiter::Room of) {
    const std::size_t before = limiter.running().waiting;
    cores.at(core).post([this, core, asked, of] { groups[core].spawn(waiting(asked, of)); });
    while (limiter.running().waiting == before) std::this_thread::yield();
  }
  runtime::Task<void> waiting(Limiter::Ask asked, Limiter::Room of) {
    auto op = limiter.wait(asked, of, {});
    auto slot = co_await std::move(op);
    const std::lock_guard lock(mutex);
    answers.push_back(slot ? std::string(asked.tenant) : std::string(to_string(slot.error().code)));
    if (slot) held.push_back(std::move(*slot));
  }
  std::vector<std::string> after(std::size_t count) {
    for (;;) {
      {
        const std::lock_guard lock(mutex);
        if (answers.size() >= count) return answers;
      }
      std::this_thread::yield();
    }
  }

  SystemClock clock;
  SystemRandom random;
  runtime::CorePool cores;
  Limiter limiter;
  runtime::TaskGroup groups[2]{runtime::TaskGroup(cores.at(0)), runtime::TaskGroup(cores.at(1))};
  std::mutex mutex;
  std::vector<std::string> answers;
  std::vector<Limiter::Slot> held;
};

TEST_F(ConcurrencyTest, RoomThatComesFreeGoesToWhoWaitsInTurnOnAnyCore) {
  auto running = take("x", room(2, 2));
  auto lasting = take("x", room(2, 2));
  EXPECT_FALSE(limiter.acquire(ask("a"), room(2, 2)));
  wait(0, ask("a"), room(2, 2));
  wait(1, ask("a"), room(2, 2));
  wait(1, ask("b"), room(2, 2));
  EXPECT_EQ(limiter.running().waiting, 3u);
  running.reset();
  EXPECT_EQ(after(1).back(), "a");
  EXPECT_FALSE(limiter.acquire(ask("c"), room(2, 2))) << "nobody overtakes";
  for (const char* next : {"b", "a"}) {
    const std::size_t so_far = answers.size();
    Limiter::Slot over;
    {
      const std::lock_guard lock(mutex);
      over = std::move(held.back());
    }
    over.reset();
    EXPECT_EQ(after(so_far + 1).back(), next);
  }
  held.clear();
  lasting.reset();
  EXPECT_EQ(limiter.running().total, 0);
  EXPECT_EQ(limiter.running().waiting, 0u);
}

TEST_F(ConcurrencyTest, WhoWaitsTooLongIsRefusedAndTakesNothing) {
  auto running = take("x", room(1, 1));
  cores.at(0).post([this] { groups[0].spawn(waiting(ask("a"), room(1, 1, 0, milliseconds{20}))); });
  EXPECT_EQ(after(1).back(), "overloaded");
  EXPECT_EQ(limiter.running().waiting, 0u);
  EXPECT_EQ(limiter.running().total, 1);
  running.reset();
  EXPECT_EQ(limiter.running().total, 0);
}

TEST_F(ConcurrencyTest, BatchWaitsBehindInteractiveAndForItsOwnRoom) {
  auto first = take("x", room(2, 1));
  auto second = take("x", room(2, 1));
  wait(0, ask("batch", Priority::batch), room(2, 1));
  wait(0, ask("batch2", Priority::batch), room(2, 1));
  wait(0, ask("human"), room(2, 1));
  first.reset();
  EXPECT_EQ(after(1).back(), "human");
  second.reset();
  for (int i = 0; i < 5; ++i) limiter.look();  // what interactive requests needed is forgotten
  EXPECT_EQ(after(2).back(), "batch");
  {
    const std::lock_guard lock(mutex);
    held.erase(held.begin());  // the human's: room in all, none for a second of batch
  }
  EXPECT_EQ(limiter.running().waiting, 1u);
  {
    const std::lock_guard lock(mutex);
    held.clear();
  }
  EXPECT_EQ(after(3).back(), "batch2");
}

TEST_F(ConcurrencyTest, WhatInteractiveRequestsNeededLatelyIsKeptFromBatch) {
  const auto batch_fits = [this] {
    std::vector<Limiter::Slot> out;
    for (;;) {
      auto slot = limiter.acquire(ask("b", Priority::batch), room(10, 9));
      if (!slot) return out.size();
      out.push_back(std::move(*slot));
    }
  };
  EXPECT_EQ(batch_fits(), 9u);
  std::vector<Limiter::Slot> humans;
  for (int i = 0; i < 6; ++i) humans.push_back(take("x", room(10, 9)));
  EXPECT_EQ(batch_fits(), 4u);
  humans.clear();
  EXPECT_EQ(batch_fits(), 4u) << "they may be back any moment";
  limiter.look();
  EXPECT_EQ(batch_fits(), 4u);
  for (int i = 0; i < 4; ++i) limiter.look();
  EXPECT_EQ(batch_fits(), 8u) << "one less at each look";
  for (int i = 0; i < 10; ++i) limiter.look();
  EXPECT_EQ(batch_fits(), 9u);
}

TEST_F(ConcurrencyTest, AFullQueueRefusesAtOnceOrLetsTheLongestLineGiveWay) {
  auto running = take("x", room(1, 1));
  wait(0, ask("flood"), room(1, 1));
  wait(0, ask("flood"), room(1, 1));
  cores.at(0).post([this] { groups[0].spawn(waiting(ask("flood"), room(1, 1))); });
  EXPECT_EQ(after(1).back(), "overloaded");
  EXPECT_EQ(limiter.running().waiting, 2u);
  cores.at(0).post([this] { groups[0].spawn(waiting(ask("quiet"), room(1, 1))); });
  EXPECT_EQ(after(2).back(), "overloaded");
  running.reset();
  EXPECT_EQ(after(3).back(), "flood");
  {
    const std::lock_guard lock(mutex);
    held.clear();
  }
  EXPECT_EQ(after(4).back(), "quiet");
}

TEST_F(ConcurrencyTest, AKeysLimitCountsThoseOfItsRequestsThatWait) {
  auto running = take("a", room(1, 1, 2));
  wait(0, ask("a"), room(1, 1, 2));
  cores.at(0).post([this] { groups[0].spawn(waiting(ask("a"), room(1, 1, 2))); });
  EXPECT_EQ(after(1).back(), "concurrency_limited");
  running.reset();
  EXPECT_EQ(after(2).back(), "a");
}

}  // namespace
}  // namespace maester::gateway
