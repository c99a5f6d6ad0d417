#include "gateway/routing/upstream.h"

#include <gtest/gtest.h>

#include "gateway/routing/lane_use.h"

namespace maester::gateway {
namespace {

using std::chrono::seconds;
using Reason = LaneBlock::Reason;

struct LaneTest : ::testing::Test {
  LaneTest() : upstream(board.upstream("p", "m", {"one", "two"})) {}
  LaneUse use(std::size_t lane = 0) {
    return LaneUse::admit(upstream.lanes[lane], *upstream.state, now, rules);
  }
  LaneBlock block(std::size_t lane = 0) const { return blocked(upstream.lanes[lane], now, rules); }
  HealthBoard board;
  Upstream upstream;
  BreakerRules rules;
  MonoTime now{seconds{1'000}};
};

TEST_F(LaneTest, A429CoolsOneLaneDownAndIsNoFailure) {
  for (int i = 0; i < 50; ++i) use().end(CallEnd::rate_limited, now, 0, seconds{7});
  EXPECT_EQ(block().reason, Reason::cooling_down);
  EXPECT_EQ(block().wait, seconds{7});
  EXPECT_EQ(block(1).reason, Reason::none);
  now += seconds{7};
  EXPECT_EQ(block().reason, Reason::none);
}

TEST_F(LaneTest, AnAbsurdRetryAfterIsCut) {
  use().end(CallEnd::rate_limited, now, 0, std::chrono::hours{24});
  EXPECT_EQ(block().wait, LaneUse::kLongestCoolDown);
}

TEST_F(LaneTest, A401OpensTheCredentialForEveryModelOfItsProvider) {
  const Upstream other = board.upstream("p", "another model", {"one", "two"});
  EXPECT_TRUE(use().end(CallEnd::unauthorized, now, 32768));
  EXPECT_EQ(block().reason, Reason::credential_refused);
  EXPECT_EQ(blocked(other.lanes[0], now, rules).reason, Reason::credential_refused);
  EXPECT_EQ(blocked(other.lanes[1], now, rules).reason, Reason::none);
}

TEST_F(LaneTest, A403OpensTheCredentialForThatModelOnly) {
  const Upstream other = board.upstream("p", "another model", {"one", "two"});
  EXPECT_TRUE(use().end(CallEnd::forbidden, now, 32768));
  EXPECT_EQ(block().reason, Reason::credential_refused);
  EXPECT_EQ(blocked(other.lanes[0], now, rules).reason, Reason::none);
}

TEST_F(LaneTest, ARepairedCredentialComesBack) {
  use().end(CallEnd::unauthorized, now, 32768);
  now += seconds{31};
  for (int i = 0; i < 6; ++i) {
    LaneUse probe = use();
    ASSERT_TRUE(probe) << i;
    probe.end(CallEnd::answered, now, 0);
  }
  EXPECT_EQ(upstream.lanes[0].credential->access.phase(), Breaker::Phase::closed);
}

TEST_F(LaneTest, AUseThatDiesWithoutAVerdictGivesItsProbeBack) {
  for (int i = 0; i < 5; ++i) use().end(CallEnd::failed, now, 32768);
  EXPECT_EQ(block().reason, Reason::breaker_open);
  now += seconds{31};
  {
    LaneUse probe = use();
    EXPECT_TRUE(probe);
    EXPECT_EQ(block().reason, Reason::breaker_open) << "one probe at a time";
    EXPECT_EQ(upstream.state->latency.under_way(), 1);
  }
  EXPECT_EQ(block().reason, Reason::none);
  EXPECT_EQ(upstream.state->latency.under_way(), 0);
}

TEST_F(LaneTest, AProbeWhoseStreamFlowsProvesTheProviderBeforeItsEnd) {
  for (int i = 0; i < 5; ++i) use().end(CallEnd::failed, now, 32768);
  now += seconds{31};
  LaneUse probe = use();
  probe.flowing(now);
  LaneUse next = use();
  EXPECT_TRUE(next) << "the second stage has begun";
}

TEST_F(LaneTest, FailuresOfOneCredentialLeaveTheOtherAlone) {
  for (int i = 0; i < 5; ++i) use().end(CallEnd::failed, now, 32768);
  EXPECT_EQ(block().reason, Reason::breaker_open);
  EXPECT_EQ(block(1).reason, Reason::none);
}

TEST(HealthBoard, RemembersByNameAcrossSnapshotsAndForgetsWhatNobodyUses) {
  HealthBoard board;
  const MonoTime now{seconds{10}};
  Upstream first = board.upstream("p", "m", {"a", "b"});
  first.lanes[1].state->limit.until(now + seconds{60});
  // A reload that turns the credentials round and drops one.
  Upstream second = board.upstream("p", "m", {"b"});
  EXPECT_EQ(second.lanes[0].state->limit.left(now), seconds{60});
  EXPECT_NE(board.upstream("p", "other", {"b"}).lanes[0].state, second.lanes[0].state);
  EXPECT_NE(board.upstream("q", "m", {"b"}).lanes[0].state, second.lanes[0].state);
  first = second = {};
  board.prune();
  EXPECT_EQ(board.upstream("p", "m", {"b"}).lanes[0].state->limit.left(now), seconds{0});
}

TEST_F(LaneTest, ALaneThatIsAtItsLimitIsPassedOverUntilACallEnds) {
  use().end(CallEnd::rate_limited, now, 0, seconds{0});
  std::vector<LaneUse> running;
  for (std::uint32_t i = 0; i < AdaptiveLimit::kFewest; ++i) running.push_back(use());
  EXPECT_TRUE(running.back());
  EXPECT_EQ(block().reason, Reason::at_limit);
  EXPECT_FALSE(use());
  EXPECT_TRUE(use(1)) << "another credential has a limit of its own";
  running.pop_back();  // abandoned: its place is free
  EXPECT_EQ(block().reason, Reason::none);
  rules.enabled = false;
  for (int i = 0; i < 10; ++i) running.push_back(use());
  EXPECT_TRUE(running.back());
}

TEST(PeakEwma, JumpsUpAndSinksSlowly) {
  PeakEwma ewma;
  MonoTime now{seconds{10}};
  ewma.observe(now, milliseconds{10});
  ewma.observe(now, milliseconds{500});
  EXPECT_NEAR(static_cast<double>(ewma.mean(now).count()), 500e6, 1e6);
  ewma.observe(now, milliseconds{10});
  EXPECT_GT(ewma.mean(now), milliseconds{490}) << "one fast answer proves little";
  now += seconds{10};
  EXPECT_NEAR(static_cast<double>(ewma.mean(now).count()), 500e6 / 2.718, 2e6);
  EXPECT_LT(ewma.mean(now + seconds{100}), milliseconds{1}) << "so that it is tried again";
}

TEST(PeakEwma, CallsUnderWayAddToTheLoad) {
  PeakEwma a, b;
  const MonoTime now{seconds{10}};
  a.observe(now, milliseconds{10});
  b.observe(now, milliseconds{15});
  EXPECT_LT(a.load(now), b.load(now));
  a.begin();
  EXPECT_GT(a.load(now), b.load(now));
  a.end();
  EXPECT_LT(a.load(now), b.load(now));
}

}  // namespace
}  // namespace maester::gateway
