#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace maester {
namespace {

class IdTest : public testing::Test {
 protected:
  ManualClock clock_;
  SeededRandom random_{7};
  IdGenerator ids_{clock_, random_};
};

TEST_F(IdTest, AUuidIsVersion7WithTheMillisecondInFront) {
  clock_.set_wall(WallTime{milliseconds{0x0123456789ab}});
  const std::string text = ids_.uuid().to_string();
  EXPECT_EQ(text.substr(0, 13), "01234567-89ab");
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

TEST_F(IdTest, UuidsRiseWhileTheClockStandsStill) {
  Uuid last = ids_.uuid();
  for (int i = 0; i < 10'000; ++i) {  // past the counter's 4096
    const Uuid next = ids_.uuid();
    ASSERT_LT(last, next) << i;
    last = next;
  }
}

TEST_F(IdTest, UuidsRiseWhenTheClockStepsBack) {
  const Uuid before = ids_.uuid();
  clock_.set_wall(clock_.wall() - std::chrono::hours{1});
  EXPECT_LT(before, ids_.uuid());
}

TEST_F(IdTest, TheTextsOrderIsTheIdsOrder) {
  const Uuid a = ids_.uuid();
  clock_.advance(std::chrono::seconds{100});
  const Uuid b = ids_.uuid();
  EXPECT_LT(a.to_string(), b.to_string());
}

TEST_F(IdTest, IdsDoNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(seen.insert(ids_.uuid().to_string()).second);
    EXPECT_TRUE(seen.insert(ids_.trace_id().to_string()).second);
    EXPECT_TRUE(seen.insert(ids_.span_id().to_string()).second);
  }
}

TEST_F(IdTest, EveryIdReadsItsOwnText) {
  const Uuid uuid = ids_.uuid();
  const TraceId trace = ids_.trace_id();
  const SpanId span = ids_.span_id();
  EXPECT_EQ(Uuid::parse(uuid.to_string()), uuid);
  EXPECT_EQ(TraceId::parse(trace.to_string()), trace);
  EXPECT_EQ(SpanId::parse(span.to_string()), span);
}

TEST(UuidParse, RefusesOtherForms) {
  for (const char* bad :
       {"", "018bcfe5-6800-7000-8000-00000000000", "018bcfe5-6800-7000-8000-0000000000011",
        "018bcfe5068007000080000000000000001", "018bcfe5-6800-7000-8000_000000000001",
        "018bcfe5-6800-7000-8000-00000000000g", "{18bcfe5-6800-7000-8000-000000000001"}) {
    EXPECT_FALSE(Uuid::parse(bad).has_value()) << bad;
  }
}

TEST(TraceIdParse, RefusesAllZeros) {
  EXPECT_FALSE(TraceId::parse(std::string(32, '0')).has_value());
  EXPECT_FALSE(SpanId::parse(std::string(16, '0')).has_value());
}

}  // namespace
}  // namespace maester
