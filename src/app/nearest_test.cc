#include "app/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace maester::app {
namespace {

TEST(Nearest, CountsASwapOfNeighboursAsOneEdit) {
  EXPECT_EQ(edit_distance("modles", "models"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // restricted: no substring is edited twice
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 4> kNames = {"models", "routes", "key", "default_model"};
  EXPECT_EQ(nearest("modles", kNames), "models");
  EXPECT_EQ(nearest("kye", kNames), "key");
  EXPECT_EQ(nearest("defaultmodel", kNames), "default_model");
  EXPECT_EQ(nearest("prices", kNames), std::nullopt);
  EXPECT_EQ(nearest("zzz", kNames), std::nullopt);
  EXPECT_EQ(did_you_mean("rotues", kNames), "; did you mean `routes`?");
}

}  // namespace
}  // namespace maester::app
