#include "evals/runs/pace.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

FemtoUsd usd(const char* text) {
  return *FemtoUsd::parse(text);
}

TEST(PaceTest, ARefusalLowersTheBoundAndIsWaitedOut) {
  Pace pace(10);
  MonoTime now{std::chrono::seconds{100}};
  EXPECT_TRUE(pace.may_begin(9, now));
  EXPECT_FALSE(pace.may_begin(10, now));
  pace.refused(milliseconds{2'000}, now);
  pace.refused(milliseconds{500}, now);
  EXPECT_DOUBLE_EQ(pace.bound(), 7) << "those of one moment are one refusal";
  EXPECT_FALSE(pace.may_begin(0, now + milliseconds{1'999}));
  EXPECT_TRUE(pace.may_begin(6, now + milliseconds{2'000}));
  EXPECT_FALSE(pace.may_begin(7, now + milliseconds{2'000}));
  for (int i = 0; i < 8; ++i) pace.answered();
  EXPECT_GE(pace.bound(), 8);
  for (int i = 0; i < 1'000; ++i) pace.answered();
  EXPECT_DOUBLE_EQ(pace.bound(), 10);
}

TEST(PaceTest, WithoutAWordEachRefusalWaitsTwiceAsLongAndOneIsAlwaysAsked) {
  Pace pace(2);
  MonoTime now{std::chrono::seconds{100}};
  for (int i = 0; i < 30; ++i) {
    pace.refused({}, now);
    now += std::chrono::seconds{31};
  }
  EXPECT_DOUBLE_EQ(pace.bound(), 1);
  pace.refused({}, now);
  EXPECT_FALSE(pace.may_begin(0, now + std::chrono::seconds{29}));
  EXPECT_TRUE(pace.may_begin(0, now + std::chrono::seconds{30}));
}

// Planted bug: may_begin() that answers true.
TEST(CostGateTest, NothingBeginsThatMayPassTheCeiling) {
  CostGate gate(usd("1"), usd("0"));
  EXPECT_TRUE(gate.may_begin(0));
  EXPECT_FALSE(gate.may_begin(1)) << "the first cost is not known yet";
  gate.paid(usd("0.2"));
  EXPECT_TRUE(gate.may_begin(3));
  EXPECT_FALSE(gate.may_begin(4)) << "0.2 spent, 4 under way and one more would be 1.2";
  gate.paid(usd("0.3"));
  EXPECT_TRUE(gate.may_begin(0));
  EXPECT_FALSE(gate.may_begin(1));
  gate.paid(usd("0.3"));
  EXPECT_FALSE(gate.may_begin(0)) << "0.8 spent, 0.3 do not fit";
}

TEST(CostGateTest, WithoutACeilingEverythingBegins) {
  CostGate gate({}, usd("1000"));
  EXPECT_TRUE(gate.may_begin(60));
}

TEST(CostGateTest, WhatWasSpentBeforeCounts) {
  EXPECT_FALSE(CostGate(usd("1"), usd("1")).may_begin(0));
}

}  // namespace
}  // namespace maester::evals
