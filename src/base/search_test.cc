#include "base/search.h"

#include <gtest/gtest.h>

namespace maester {
namespace {

TEST(Search, FindsWhatStringViewFinds) {
  for (const std::string_view text : {"", "a", "\"a\":1,\"ab\":2", "aab", "ab"}) {
    for (const std::string_view words : {"", "a", "ab", "\"ab\"", "abc"})
      EXPECT_EQ(find_words(text, words), text.find(words)) << text << " / " << words;
  }
  EXPECT_EQ(find_words({}, "a"), std::string_view::npos);
  EXPECT_EQ(find_words({}, {}), 0u);
  EXPECT_FALSE(has_words({}, "a"));
}

}  // namespace
}  // namespace maester
