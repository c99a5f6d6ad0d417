#include "gateway/routing/adaptive_limit.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace maester::gateway {
namespace {

using std::chrono::seconds;

struct AdaptiveLimitTest : ::testing::Test {
  AdaptiveLimit limit;
  MonoTime now{seconds{1'000}};
  void enter(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(limit.enter(now, true));
  }
  void pass(int ms) { now += milliseconds{ms}; }
};

TEST_F(AdaptiveLimitTest, WithoutAWordOfTheProvidersThereIsNoBound) {
  enter(10'000);
  for (int i = 0; i < 10'000; ++i) limit.succeeded();
  EXPECT_EQ(limit.limit(), 0u);
  EXPECT_EQ(limit.running(), 0u);
}

TEST_F(AdaptiveLimitTest, A429TakesThreeTenthsOfWhatRunsOnceAndSuccessesGiveBackOneByOne) {
  enter(100);
  const MonoTime begun = now;
  pass(100);
  for (int i = 0; i < 30; ++i) limit.refused(begun, now);  // all of one moment
  EXPECT_EQ(limit.limit(), 70u);
  EXPECT_TRUE(limit.full(now));
  EXPECT_FALSE(limit.enter(now, true));
  EXPECT_EQ(limit.running(), 70u) << "who is refused takes no place";
  for (int i = 0; i < 70; ++i) limit.succeeded();
  EXPECT_EQ(limit.limit(), 71u);
  enter(71);
  EXPECT_FALSE(limit.enter(now, true));
  EXPECT_TRUE(limit.enter(now, false)) << "rules that are off bound nothing";
}

TEST_F(AdaptiveLimitTest, ItFallsToAFewAndIsForgottenAfterAQuietMinute) {
  for (int i = 0; i < 20; ++i) {
    pass(10);
    limit.enter(now, false);
    limit.refused(now, now);
  }
  EXPECT_EQ(limit.limit(), AdaptiveLimit::kFewest);
  enter(4);
  EXPECT_FALSE(limit.enter(now, true));
  now += seconds{60};
  EXPECT_FALSE(limit.full(now));
  enter(100);
  EXPECT_EQ(limit.limit(), 0u);
}

// What runs at once is bounded by nothing but the arrivals: a provider that errs now and then.
TEST_F(AdaptiveLimitTest, AFewErrorsInAHundredAreNoOverload) {
  std::mt19937 random(3);
  for (int i = 0; i < 100'000; ++i) {
    pass(1);
    enter(1);
    random() % 100 < 5 ? limit.failed(now, now) : limit.succeeded();
  }
  EXPECT_EQ(limit.limit(), 0u);
  for (int i = 0; i < 1'000 && limit.limit() == 0; ++i) {
    pass(1);
    enter(1);
    random() % 100 < 30 ? limit.failed(now, now) : limit.succeeded();
  }
  EXPECT_NE(limit.limit(), 0u) << "three in ten are";
}

// A provider that takes 40 at once and refuses the rest, asked for as many as may be.
TEST_F(AdaptiveLimitTest, ItFindsWhatAProviderTakesAndStaysNear) {
  std::deque<MonoTime> running;  // begun at; 100 ms each
  int refused = 0, served = 0;
  double sum = 0;
  for (int ms = 0; ms < 50'000; ++ms) {
    pass(1);
    while (!running.empty() && now - running.front() >= milliseconds{100}) {
      running.pop_front();
      limit.succeeded();
      ++served;
    }
    for (int i = 0; i < 3 && limit.enter(now, true); ++i) {
      if (running.size() < 40) {
        running.push_back(now);
      } else {
        limit.refused(now, now);
        ++refused;
      }
    }
    sum += static_cast<double>(running.size());
  }
  EXPECT_GE(sum / 50'000, 30);      // of 40
  EXPECT_LE(refused, served / 10);  // without a limit: 2,600 a second of 3,000
}

TEST_F(AdaptiveLimitTest, EveryPlaceIsGivenBackWhateverThreadsDo) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < 20'000; ++i) {
        const MonoTime at = now + milliseconds{i};
        if (!limit.enter(at, true)) continue;
        switch (random() % 4) {
          case 0:
            limit.refused(at, at);
            break;
          case 1:
            limit.failed(at, at);
            break;
          case 2:
            limit.left();
            break;
          default:
            limit.succeeded();
            break;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(limit.running(), 0u);
}

}  // namespace
}  // namespace maester::gateway
