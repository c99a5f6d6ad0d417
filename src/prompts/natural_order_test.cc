#include "prompts/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace maester::prompts {
namespace {

TEST(NaturalOrder, CountsDigitsAsNumbers) {
  std::vector<std::string> names = {"v10",
                                    "v9",
                                    "v1",
                                    "1.10.0",
                                    "1.9.0",
                                    "v2-rc1",
                                    "draft",
                                    "v2",
                                    "v01",
                                    "v100000000000000000000",
                                    "v99999999999999999999"};
  std::sort(names.begin(), names.end(), NaturalLess{});
  EXPECT_EQ(names,
            (std::vector<std::string>{"1.9.0", "1.10.0", "draft", "v01", "v1", "v2", "v2-rc1", "v9",
                                      "v10", "v99999999999999999999", "v100000000000000000000"}));
}

TEST(NaturalOrder, TellsDifferentNamesApart) {
  const std::vector<std::string> names = {"v1", "v01", "v001", "v1a", "va1", "1", "01", "", "v"};
  for (const auto& a : names) {
    for (const auto& b : names) {
      EXPECT_EQ(natural_compare(a, b) == 0, a == b) << a << " " << b;
      EXPECT_EQ(natural_compare(a, b) < 0, natural_compare(b, a) > 0) << a << " " << b;
    }
  }
}

TEST(NaturalOrder, NumbersOnlyPlainVersions) {
  EXPECT_EQ(version_number("v12"), 12);
  EXPECT_EQ(version_number("v999999999"), 999'999'999);
  for (const char* other : {"v", "v0", "v01", "12", "v1.0", "V1", "v1234567890", "", "vx"}) {
    EXPECT_EQ(version_number(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace maester::prompts
