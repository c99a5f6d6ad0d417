#include "gateway/pipeline/fair_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>

namespace maester::gateway {
namespace {

constexpr milliseconds kLongest{100};
constexpr MonoTime kStart{std::chrono::seconds{1}};

struct Waiting {
  FairQueue queue;
  std::deque<FairQueue::Waiter> all;
  FairQueue::Waiter& join(std::string_view tenant, Priority priority = Priority::interactive,
                          MonoTime now = kStart) {
    queue.push(all.emplace_back(tenant, priority), now);
    return all.back();
  }
  std::string serve() {
    std::string out;
    for (;;) {
      FairQueue::Waiter* next = queue.next(Priority::interactive);
      if (next == nullptr) next = queue.next(Priority::batch);
      if (next == nullptr) return out;
      out += (out.empty() ? "" : " ") + next->tenant;
    }
  }
};

TEST(FairQueue, TenantsTakeTurnsAndBatchComesLast) {
  Waiting waiting;
  for (const char* tenant : {"a", "a", "a", "b", "b", "c"}) waiting.join(tenant);
  for (const char* tenant : {"x", "x", "y"}) waiting.join(tenant, Priority::batch);
  EXPECT_EQ(waiting.queue.size(), 9u);
  EXPECT_EQ(waiting.serve(), "a b c a b a x y x");
  EXPECT_TRUE(waiting.queue.empty());
}

TEST(FairQueue, WhoLeavesIsNotServedAndTheTurnGoesOn) {
  Waiting waiting;
  waiting.join("a");
  FairQueue::Waiter& left = waiting.join("b");
  waiting.join("c");
  waiting.queue.remove(left);
  EXPECT_FALSE(left.queued);
  EXPECT_EQ(waiting.serve(), "a c");
}

TEST(FairQueue, ALineThatStandsMakesItsOwnTenantImpatient) {
  Waiting waiting;
  const auto patience = [&](std::string_view tenant, milliseconds after) {
    return waiting.queue.patience(tenant, Priority::interactive, kLongest, kStart + after);
  };
  EXPECT_EQ(patience("a", milliseconds{0}), kLongest);
  FairQueue::Waiter& one = waiting.join("a");
  EXPECT_EQ(patience("a", milliseconds{100}), kLongest);
  EXPECT_EQ(patience("a", milliseconds{101}), FairQueue::kImpatient);
  EXPECT_EQ(patience("b", milliseconds{101}), kLongest);
  waiting.queue.remove(one);
  EXPECT_EQ(patience("a", milliseconds{102}), kLongest);
  EXPECT_EQ(waiting.queue.patience("a", Priority::batch, milliseconds{100}, kStart),
            milliseconds{40});
}

TEST(FairQueue, WhenItIsFullTheLongestLineGivesWayBatchFirst) {
  Waiting waiting;
  for (int i = 0; i < 3; ++i) waiting.join("flood");
  FairQueue::Waiter& last = waiting.join("flood");
  FairQueue::Waiter& batch = waiting.join("small", Priority::batch);
  EXPECT_EQ(waiting.queue.give_way("flood", Priority::batch), nullptr);
  EXPECT_EQ(waiting.queue.give_way("flood", Priority::interactive), &batch);
  EXPECT_EQ(waiting.queue.give_way("flood", Priority::interactive), nullptr);
  EXPECT_EQ(waiting.queue.give_way("other", Priority::interactive), &last);
  EXPECT_EQ(waiting.serve(), "flood flood flood");
}

// A server with room for ten, 50 ms a request: 200 a second. In steps of a millisecond.
struct World {
  struct Request {
    FairQueue::Waiter waiter;
    MonoTime until;
  };
  FairQueue queue;
  std::deque<std::unique_ptr<Request>> waiting;
  std::multimap<MonoTime, int> ends;
  MonoTime now = kStart;
  std::map<std::string, int> served, refused;
  nanoseconds longest{0};

  void run(FairQueue::Waiter& one) {
    ++served[one.tenant];
    ends.emplace(now + milliseconds{50}, 0);
  }
  void arrive(const std::string& tenant) {
    if (queue.empty() && ends.size() < 10) {
      FairQueue::Waiter one(tenant, Priority::interactive);
      run(one);
      return;
    }
    if (queue.size() >= 20 && !give_way(tenant)) return;
    const nanoseconds patience = queue.patience(tenant, Priority::interactive, kLongest, now);
    longest = std::max(longest, patience);
    waiting.push_back(std::unique_ptr<Request>(
        new Request{.waiter = {tenant, Priority::interactive}, .until = now + patience}));
    queue.push(waiting.back()->waiter, now);
  }
  bool give_way(const std::string& tenant) {
    const FairQueue::Waiter* out = queue.give_way(tenant, Priority::interactive);
    ++refused[out != nullptr ? out->tenant : tenant];
    return out != nullptr;
  }
  void step() {
    now += milliseconds{1};
    ends.erase(ends.begin(), ends.upper_bound(now));
    while (ends.size() < 10) {
      FairQueue::Waiter* next = queue.next(Priority::interactive);
      if (next == nullptr) break;
      run(*next);
    }
    std::erase_if(waiting, [&](const auto& one) {
      if (one->waiter.queued && one->until > now) return false;
      if (one->waiter.queued) {
        queue.remove(one->waiter);
        ++refused[one->waiter.tenant];
      }
      return true;
    });
  }
};

TEST(FairQueue, OneWhoFloodsTheServerTakesNothingFromTheOthers) {
  World world;
  std::mt19937 random(7);
  for (int ms = 0; ms < 20'000; ++ms) {
    for (int i = 0; i < 2; ++i) world.arrive("flood");  // 2,000 a second, ten times what it can
    if (random() % 25 == 0) world.arrive("quiet");      // 40 a second
    if (random() % 50 == 0) world.arrive("rare");
    world.step();
  }
  const auto share = [&](const char* tenant) {
    const double all = world.served[tenant] + world.refused[tenant];
    return world.served[tenant] / all;
  };
  EXPECT_GE(share("quiet"), 0.99);
  EXPECT_GE(share("rare"), 0.99);
  EXPECT_LE(share("flood"), 0.15);
  const int all = world.served["flood"] + world.served["quiet"] + world.served["rare"];
  EXPECT_GE(all, 3'900);  // of 4,000: the room is used
}

TEST(FairQueue, ABurstIsTakenUp) {
  World world;
  for (int i = 0; i < 25; ++i) world.arrive("a");
  for (int ms = 0; ms < 300; ++ms) world.step();
  EXPECT_EQ(world.served["a"], 25);
  EXPECT_EQ(world.refused["a"], 0);
}

}  // namespace
}  // namespace maester::gateway
