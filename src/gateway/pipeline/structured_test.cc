#include "gateway/pipeline/structured.h"

#include <gtest/gtest.h>

namespace maester::gateway {
namespace {

TEST(Structured, takes_the_json_out_of_what_stands_around_it) {
  EXPECT_EQ(json_inside("Here:\n```json\n{\"a\":[1,{\"b\":\"}\"}]}\n```\nDone."),
            R"({"a":[1,{"b":"}"}]})");
  EXPECT_EQ(json_inside(R"([1,2])"), "[1,2]");
  EXPECT_EQ(json_inside(R"({"a":"\"}"} )"), R"({"a":"\"}"})");
}

TEST(Structured, does_not_guess) {
  EXPECT_FALSE(json_inside("no JSON"));
  EXPECT_FALSE(json_inside(R"({"a":1} or {"a":2})")) << "which of the two?";
  EXPECT_FALSE(json_inside(R"({"a":[1)")) << "cut off";
  EXPECT_FALSE(json_inside(R"({"a":"never closed)"));
}

}  // namespace
}  // namespace maester::gateway
