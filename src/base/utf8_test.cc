#include "base/utf8.h"

#include <gtest/gtest.h>

namespace maester::utf8 {
namespace {

TEST(Utf8, EveryCodePointReadsBack) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c == 0xd800) c = 0xe000;  // surrogates are no code points
    std::string text;
    append(text, c);
    const Decoded decoded = decode(text, 0);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.length, text.size());
  }
}

TEST(Utf8, RefusesIllFormedSequences) {
  for (const std::string bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",
        "\xe2\x82", "\xe2", "\xf0\x9f\x98", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(valid("ok" + bad)) << testing::PrintToString(bad);
  }
}

TEST(Utf8, CountsAndCutsAtCodePoints) {
  const std::string text = "a\u00e9\u20ac\U0001f600z";  // 1 + 2 + 3 + 4 + 1 bytes
  EXPECT_EQ(length(text), 5u);
  EXPECT_EQ(prefix(text, 0), "");
  EXPECT_EQ(prefix(text, 3), "a\u00e9\u20ac");
  EXPECT_EQ(prefix(text, 99), text);
  EXPECT_EQ(truncate(text, 11), text);
  EXPECT_EQ(truncate(text, 9), "a\u00e9\u20ac");
  EXPECT_EQ(truncate(text, 2), "a");
  for (std::size_t n = 0; n <= text.size(); ++n) {
    EXPECT_TRUE(valid(truncate(text, n)));
    EXPECT_LE(truncate(text, n).size(), n);
  }
}

}  // namespace
}  // namespace maester::utf8
