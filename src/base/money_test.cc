#include "base/money.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace maester {
namespace {

TEST(FemtoUsd, ParsesDecimalsExactly) {
  EXPECT_EQ(FemtoUsd::parse("0.40")->units(), int128{400'000'000'000'000});
  EXPECT_EQ(FemtoUsd::parse("1.375e-07")->units(), int128{137'500'000});
  EXPECT_EQ(FemtoUsd::parse("-3")->to_string(), "-3");
  EXPECT_EQ(FemtoUsd::parse("0.000000000000001")->units(), int128{1});
  for (const char* bad : {"", ".", "1e", "1.2.3", "abc", "1 ", "--1", "1e99999", "NaN"}) {
    EXPECT_FALSE(FemtoUsd::parse(bad)) << bad;
  }
}

TEST(FemtoUsd, SaysWhenAValueWasRounded) {
  bool rounded = false;
  EXPECT_EQ(FemtoUsd::parse("0.0000000000000005", &rounded)->units(), int128{0});  // half to even
  EXPECT_TRUE(rounded);
  EXPECT_EQ(FemtoUsd::parse("0.0000000000000015", &rounded)->units(), int128{2});
  EXPECT_EQ(FemtoUsd::parse("0.10", &rounded)->to_string(), "0.1");
  EXPECT_FALSE(rounded);
}

TEST(FemtoUsd, ShowsSixDecimalsHalfEven) {
  EXPECT_EQ(FemtoUsd::parse("0.0000928")->to_fixed(6), "0.000093");
  EXPECT_EQ(FemtoUsd::parse("0.0000005")->to_fixed(6), "0.000000");
  EXPECT_EQ(FemtoUsd::parse("0.0000015")->to_fixed(6), "0.000002");
  EXPECT_EQ(FemtoUsd::parse("-1.5")->to_fixed(0), "-2");
  EXPECT_EQ(FemtoUsd::parse("12")->to_fixed(2), "12.00");
}

TEST(FemtoUsd, TextAndValueAreOneToOne) {
  SeededRandom random(7);
  for (int i = 0; i < 100'000; ++i) {
    const auto units = static_cast<std::int64_t>(random.next_u64() >> random.below(60));
    const auto amount = FemtoUsd::from_units(units);
    ASSERT_EQ(FemtoUsd::parse(amount.to_string()), amount) << amount.to_string();
  }
}

}  // namespace
}  // namespace maester
