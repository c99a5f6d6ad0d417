#include "codec/json_canonical.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace maester::json {
namespace {

std::string canonical(std::string_view text, std::span<const std::string_view> leave_out = {}) {
  const auto doc = Document::parse(text);
  EXPECT_TRUE(doc) << text;
  std::string out;
  if (doc) append_canonical(out, doc->root(), leave_out);
  return out;
}

TEST(JsonCanonical, order_space_and_escapes_do_not_matter) {
  EXPECT_EQ(canonical(R"({"b":[1, 2 ,{"y":null,"x":true}],"a":"\u00e4\/"})"),
            R"({"a":"ä/","b":[1,2,{"x":true,"y":null}]})");
  EXPECT_EQ(canonical(" { } "), "{}");
  EXPECT_EQ(canonical("[ [ ] , { } ]"), "[[],{}]");
  EXPECT_EQ(canonical(R"({"":{"":""}})"), R"({"":{"":""}})");
}

TEST(JsonCanonical, what_differs_stays_different) {
  EXPECT_NE(canonical(R"({"a":1})"), canonical(R"({"a":"1"})"));
  EXPECT_NE(canonical(R"({"a":1})"), canonical(R"({"a":1.0})"));
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
  EXPECT_NE(canonical("[[1],2]"), canonical("[[1,2]]"));
  EXPECT_NE(canonical(R"({"a":null})"), canonical("{}"));
  EXPECT_NE(canonical(R"({"a":{"b":1},"c":2})"), canonical(R"({"a":{"b":1,"c":2}})"));
}

TEST(JsonCanonical, leaves_out_members_of_the_top_only) {
  constexpr std::array<std::string_view, 2> kOut{"stream", "user"};
  EXPECT_EQ(canonical(R"({"user":"ann","x":{"user":"bob"},"stream":true})", kOut),
            R"({"x":{"user":"bob"}})");
}

// Any order of the members, any cut of white space: one text, which reads back as itself.
TEST(JsonCanonical, property_any_order_gives_one_text) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> members;
    for (int i = 0; i < 6; ++i) {
      members.push_back("\"k" + std::to_string(random() % 1000) + std::to_string(i) +
                        "\": " + std::to_string(random() % 50));
    }
    const auto text = [&] {
      std::string out = "{";
      for (const std::string& member : members) {
        if (out.size() > 1) out += random() % 2 == 0 ? "," : " ,\n ";
        out += member;
      }
      return out + "}";
    };
    const std::string first = canonical(text());
    std::ranges::shuffle(members, random);
    EXPECT_EQ(canonical(text()), first);
    EXPECT_EQ(canonical(first), first);
  }
}

}  // namespace
}  // namespace maester::json
