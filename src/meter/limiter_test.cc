#include "meter/limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace maester::meter {
namespace {

using namespace std::chrono;
using Look = Limiter::Look;

class LimiterTest : public ::testing::Test {
 protected:
  Limit limit(std::string id, Scope scope) {
    Limit out;
    out.id = std::move(id);
    out.owner = scope.tenant;
    out.scope = std::move(scope);
    return out;
  }
  void per_minute(std::string id, Scope scope, std::int64_t requests, std::int64_t burst) {
    Limit one = limit(std::move(id), std::move(scope));
    one.requests_per_minute = requests;
    one.burst = burst;
    limiter_.put(one);
  }
  ManualClock clock_;
  Limiter limiter_{clock_};
  const Spender k1_{.tenant = "t", .key = "k1"};
};

TEST_F(LimiterTest, WithoutLimitsEverythingPasses) {
  EXPECT_FALSE(limiter_.has_limits());
  Admission admission;
  EXPECT_FALSE(limiter_.admit(admission, k1_, Look::head));
  EXPECT_FALSE(admission.requests());
}

TEST_F(LimiterTest, ARequestAboveTheRateIsToldWhenToComeAgain) {
  per_minute("key", {.tenant = "t", .key = "k1"}, 60, 2);
  Admission a, b, c;
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
  EXPECT_EQ(a.requests()->remaining, 1);
  EXPECT_FALSE(limiter_.admit(b, k1_, Look::head));
  const auto refused = limiter_.admit(c, k1_, Look::head);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, LimitKind::requests);
  EXPECT_EQ(refused->retry_after, seconds(1));
  clock_.advance(seconds(1));
  EXPECT_FALSE(limiter_.admit(c, k1_, Look::head));
}

TEST_F(LimiterTest, ARefusalTakesFromNoLimit) {
  per_minute("tenant", {.tenant = "t"}, 60, 2);
  per_minute("key", {.tenant = "t", .key = "k1"}, 60, 1);
  Admission a, b, c;
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
  EXPECT_TRUE(limiter_.admit(b, k1_, Look::head));
  EXPECT_FALSE(limiter_.admit(c, {.tenant = "t", .key = "k2"}, Look::head));
}

TEST_F(LimiterTest, ConcurrencyComesBackWithTheRequestsEnd) {
  Limit two = limit("c", {.tenant = "t", .key = "*"});
  two.concurrency = 2;
  limiter_.put(two);
  {
    Admission a, b, c, other;
    EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
    EXPECT_FALSE(limiter_.admit(b, k1_, Look::head));
    EXPECT_EQ(limiter_.admit(c, k1_, Look::head)->kind, LimitKind::concurrency);
    EXPECT_FALSE(limiter_.admit(other, {.tenant = "t", .key = "k2"}, Look::head));
  }
  Admission again;
  EXPECT_FALSE(limiter_.admit(again, k1_, Look::head));
}

TEST_F(LimiterTest, TokensAreTakenAtTheEstimateAndCorrected) {
  Limit tokens = limit("tpm", {.tenant = "t"});
  tokens.tokens_per_minute = 6'000;
  limiter_.put(tokens);
  Admission a, b, c;
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::resolved, 5'000));
  EXPECT_EQ(limiter_.admit(b, k1_, Look::resolved, 2'000)->kind, LimitKind::tokens);
  a.settle_tokens(3'000);
  EXPECT_FALSE(limiter_.admit(b, k1_, Look::resolved, 2'000));
  b.settle_tokens(2'500);
  EXPECT_EQ(limiter_.status(tokens, "").tokens->remaining, 500);
  EXPECT_EQ(limiter_.admit(c, k1_, Look::resolved, 600)->retry_after, seconds(1));
}

TEST_F(LimiterTest, ALimitOfAModelIsSeenWhenTheRequestIsResolved) {
  per_minute("model", {.tenant = "t", .model = "gpt"}, 60, 1);
  Spender gpt = k1_, other = k1_;
  gpt.model = "gpt";
  other.model = "o3";
  Admission a, b, c;
  EXPECT_FALSE(limiter_.admit(a, gpt, Look::head));
  EXPECT_FALSE(limiter_.admit(a, gpt, Look::resolved, 1));
  EXPECT_TRUE(limiter_.admit(b, gpt, Look::resolved, 1));
  EXPECT_FALSE(limiter_.admit(c, other, Look::resolved, 1));
}

TEST_F(LimiterTest, AWallClockStepChangesNothing) {
  per_minute("key", {.tenant = "t"}, 60, 1);
  Admission a, b;
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
  clock_.set_wall(clock_.wall() + hours(24));
  EXPECT_TRUE(limiter_.admit(b, k1_, Look::head));
}

TEST_F(LimiterTest, ManyNamesAreForgottenWhenTheyAreIdle) {
  per_minute("each", {.tenant = "t", .user = "*"}, 60, 1);
  for (int i = 0; i < 20'000; ++i) {
    Admission one;
    const std::string name = "user-" + std::to_string(i);
    EXPECT_FALSE(
        limiter_.admit(one, {.tenant = "t", .key = "k1", .user = name}, Look::resolved, 0));
    clock_.advance(seconds(2));
  }
  // Nothing to look at from outside but that the newest is still known.
  Admission again;
  clock_.advance(-seconds(2));
  EXPECT_TRUE(
      limiter_.admit(again, {.tenant = "t", .key = "k1", .user = "user-19999"}, Look::resolved, 0));
}

TEST_F(LimiterTest, ALimitThatIsRemovedUnderARequest) {
  Limit one = limit("c", {.tenant = "t"});
  one.concurrency = 1;
  limiter_.put(one);
  Admission a, b;
  EXPECT_FALSE(limiter_.admit(a, k1_, Look::head));
  limiter_.remove("t", "c");
  EXPECT_FALSE(limiter_.has_limits());
  EXPECT_FALSE(limiter_.admit(b, k1_, Look::head));
}

TEST_F(LimiterTest, ThreadsTogetherGetTheBurstAndNoMore) {
  per_minute("key", {.tenant = "t"}, 60, 1'000);
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) {
        Admission one;
        if (!limiter_.admit(one, k1_, Look::head)) ++admitted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(admitted, 1'000);
}

}  // namespace
}  // namespace maester::meter
