#include "gateway/routing/breaker.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace maester::gateway {
namespace {

using std::chrono::seconds;
using Phase = Breaker::Phase;
constexpr std::uint16_t kMiddle = 32768;  // a jitter of nothing

struct BreakerTest : ::testing::Test {
  Breaker::Ticket admit() { return breaker.admit(now, rules); }
  bool fail() { return breaker.failed(admit(), now, rules, kMiddle); }
  void succeed() { breaker.succeeded(admit(), now, rules); }
  void open() {
    for (int i = 0; i < rules.consecutive_failures; ++i) fail();
    ASSERT_EQ(breaker.phase(), Phase::open);
  }
  Breaker breaker;
  BreakerRules rules;
  MonoTime now{seconds{1'000}};
};

TEST_F(BreakerTest, FiveFailuresInARowOpenIt) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail());
  EXPECT_TRUE(fail());
  EXPECT_FALSE(admit().admitted);
  EXPECT_EQ(breaker.wait(now), seconds{30});
}

TEST_F(BreakerTest, ASuccessBetweenStartsTheCountAgain) {
  rules.minimum_calls = 1000;
  for (int i = 0; i < 40; ++i) {
    for (int j = 0; j < 4; ++j) EXPECT_FALSE(fail());
    succeed();
  }
  EXPECT_EQ(breaker.phase(), Phase::closed);
}

TEST_F(BreakerTest, AFifthOfTwentyCallsOpensIt) {
  for (int i = 0; i < 15; ++i) succeed();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(fail());
  succeed();
  EXPECT_TRUE(fail()) << "4 of 20";
}

TEST_F(BreakerTest, NineteenCallsAreTooFewForAShare) {
  for (int i = 0; i < 15; ++i) succeed();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail());
}

TEST_F(BreakerTest, FailuresOlderThanTheWindowDoNotCount) {
  for (int i = 0; i < 15; ++i) succeed();
  for (int i = 0; i < 3; ++i) fail();
  now += seconds{36};
  for (int i = 0; i < 16; ++i) succeed();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(fail());
  succeed();
}

TEST_F(BreakerTest, OneProbeThenFiveThenClosed) {
  open();
  now += seconds{31};
  const Breaker::Ticket first = admit();
  EXPECT_TRUE(first.admitted && first.probe);
  EXPECT_FALSE(admit().admitted) << "one at a time";
  breaker.succeeded(first, now, rules);
  Breaker::Ticket further[5];
  for (auto& ticket : further) EXPECT_TRUE((ticket = admit()).admitted);
  EXPECT_FALSE(admit().admitted);
  for (auto& ticket : further) {
    EXPECT_EQ(breaker.phase(), Phase::half_open);
    breaker.succeeded(ticket, now, rules);
  }
  EXPECT_EQ(breaker.phase(), Phase::closed);
  EXPECT_FALSE(fail()) << "what was before the opening is forgotten";
}

TEST_F(BreakerTest, FailuresBeforeAShortOpeningAreForgottenWhenItCloses) {
  rules.open = rules.max_open = seconds{5};
  for (int i = 0; i < 16; ++i) succeed();
  open();
  now += seconds{6};  // well within the window
  for (int i = 0; i < 6; ++i) succeed();
  ASSERT_EQ(breaker.phase(), Phase::closed);
  for (int i = 0; i < 14; ++i) succeed();
  EXPECT_FALSE(fail()) << "what was before the opening does not count";
  EXPECT_FALSE(fail());
  EXPECT_FALSE(fail());
}

TEST_F(BreakerTest, AFailedProbeOpensItForLongerUpToTheCap) {
  rules.max_open = seconds{70};
  open();
  for (const int wanted : {60, 70, 70}) {
    now += breaker.wait(now);
    EXPECT_TRUE(fail());
    EXPECT_EQ(breaker.wait(now), seconds{wanted});
  }
}

TEST_F(BreakerTest, AStragglerOfAnEarlierPhaseChangesNothing) {
  const Breaker::Ticket before = admit();
  open();
  breaker.succeeded(before, now, rules);
  EXPECT_EQ(breaker.phase(), Phase::open);
  now += seconds{31};
  const Breaker::Ticket probe = admit();
  breaker.succeeded(before, now, rules);
  EXPECT_FALSE(breaker.failed(before, now, rules, kMiddle));
  EXPECT_EQ(breaker.phase(), Phase::half_open);
  EXPECT_TRUE(breaker.failed(probe, now, rules, kMiddle));
  now += seconds{61};
  admit();
  EXPECT_FALSE(breaker.failed(probe, now, rules, kMiddle)) << "a probe of the opening before";
  EXPECT_EQ(breaker.phase(), Phase::half_open);
}

TEST_F(BreakerTest, AnAbandonedProbeIsGivenToTheNext) {
  open();
  now += seconds{31};
  const Breaker::Ticket probe = admit();
  EXPECT_FALSE(admit().admitted);
  breaker.abandoned(probe);
  EXPECT_TRUE(admit().probe);
}

TEST_F(BreakerTest, TheOpeningIsJitteredByAFifth) {
  for (const std::uint32_t chance : {0u, 65535u}) {
    Breaker one;
    for (int i = 0; i < 5; ++i)
      one.failed(one.admit(now, rules), now, rules, static_cast<std::uint16_t>(chance));
    EXPECT_NEAR(static_cast<double>(one.wait(now).count()), chance == 0 ? 24e9 : 36e9, 2e6);
  }
}

TEST_F(BreakerTest, SwitchedOffItAdmitsAndForgets) {
  rules.enabled = false;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(fail());
  EXPECT_TRUE(admit().admitted);
}

// Random calls that end in random order, on a random clock: while it is open nothing passes, while
// it is half-open at most the stage's probes are under way, and it always recovers.
TEST(BreakerProperty, NeverMoreProbesThanItsStageAllows) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    SeededRandom random(seed);
    Breaker breaker;
    BreakerRules rules;
    MonoTime now{seconds{5}};
    std::vector<Breaker::Ticket> running;
    for (int step = 0; step < 300; ++step) {
      now += milliseconds{random.below(3'000)};
      const bool open = breaker.wait(now) > nanoseconds{0};
      const Breaker::Ticket ticket = breaker.admit(now, rules);
      ASSERT_FALSE(open && ticket.admitted) << "seed " << seed;
      if (ticket.admitted) running.push_back(ticket);
      const auto probes = std::count_if(running.begin(), running.end(), [&](const auto& one) {
        return one.probe && one.opening == ticket.opening;
      });
      ASSERT_LE(probes, Breaker::kFurtherProbes) << "seed " << seed;
      if (running.empty() || random.below(3) == 0) continue;
      const std::size_t i = random.below(running.size());
      const Breaker::Ticket ending = running[i];
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      const std::uint64_t how = random.below(10);
      if (how < 4) breaker.succeeded(ending, now, rules);
      if (how >= 4 && how < 9) {
        breaker.failed(ending, now, rules, static_cast<std::uint16_t>(random.below(65536)));
      }
      if (how == 9) breaker.abandoned(ending);
    }
    for (const auto& ticket : running) breaker.abandoned(ticket);
    for (int i = 0; i < 20; ++i) {
      now += rules.max_open * 2;
      breaker.succeeded(breaker.admit(now, rules), now, rules);
    }
    ASSERT_EQ(breaker.phase(), Phase::closed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace maester::gateway
