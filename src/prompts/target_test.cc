#include "prompts/target.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>

namespace maester::prompts {
namespace {

// Where a thousand points stand.
std::map<std::uint32_t, std::string> assigned(const Target& target) {
  std::map<std::uint32_t, std::string> out;
  for (int user = 0; user < 10'000; ++user) {
    const std::uint32_t point = sticky_point("t", "p", "production", std::to_string(user));
    out.emplace(point, target.pick(point));
  }
  return out;
}

double share_of(const Target& target, std::string_view version) {
  const auto all = assigned(target);
  double count = 0;
  for (const auto& [point, name] : all) count += name == version;
  return count / static_cast<double>(all.size());
}

double moved(const Target& before, const Target& after) {
  const auto was = assigned(before), is = assigned(after);
  double count = 0;
  for (const auto& [point, name] : was) count += is.at(point) != name;
  return count / static_cast<double>(was.size());
}

TEST(Target, GivesEachVersionItsShare) {
  const Target split = Target::split({{"v1", 70}, {"v2", 20}, {"v3", 10}}, {});
  EXPECT_NEAR(share_of(split, "v1"), 0.7, 0.02);
  EXPECT_NEAR(share_of(split, "v2"), 0.2, 0.02);
  EXPECT_NEAR(share_of(split, "v3"), 0.1, 0.02);
  EXPECT_EQ(Target::one("v4").pick(0), "v4");
  EXPECT_EQ(Target::one("v4").pick(UINT32_MAX), "v4");
  EXPECT_EQ(split.pick(UINT32_MAX), "v3");
}

// The point is part of the contract with clients that assign by themselves: it may not change.
TEST(Target, PointsAreStableAndSalted) {
  EXPECT_EQ(sticky_point("t", "p", "l", "ann"), 0x1cdc1459u);
  std::set<std::uint32_t> points;
  for (const std::array<const char*, 4>& one :
       {std::array{"t", "p", "l", "ann"}, std::array{"u", "p", "l", "ann"},
        std::array{"t", "q", "l", "ann"}, std::array{"t", "p", "m", "ann"},
        std::array{"t", "p", "l", "bob"}, std::array{"tp", "", "l", "ann"}})
    points.insert(sticky_point(one[0], one[1], one[2], one[3]));
  EXPECT_EQ(points.size(), 6u);
}

TEST(Target, MovesOnlyTheShareThatMustMove) {
  const Target one = Target::one("v1");
  const Target tenth = Target::split({{"v1", 90}, {"v2", 10}}, one);
  EXPECT_NEAR(moved(one, tenth), 0.1, 0.01);
  const Target third = Target::split({{"v1", 50}, {"v2", 30}, {"v3", 20}}, tenth);
  EXPECT_NEAR(moved(tenth, third), 0.4, 0.015) << "v1 gives 40 points, nobody else moves";
  // Cut at running sums, 20 points would move here; 10 must.
  const Target shifted = Target::split({{"v1", 40}, {"v2", 30}, {"v3", 30}}, third);
  EXPECT_NEAR(moved(third, shifted), 0.1, 0.01);
  for (const auto& [point, name] : assigned(third)) {
    if (name != "v1") {
      ASSERT_EQ(shifted.pick(point), name) << "only v1 gives";
    }
  }
  // The order in which they are written says nothing about who is where.
  const Target turned = Target::split({{"v3", 30}, {"v2", 30}, {"v1", 40}}, shifted);
  EXPECT_LT(moved(shifted, turned), 0.001);
  EXPECT_NEAR(moved(shifted, Target::split({{"v2", 3}, {"v3", 3}}, shifted)), 0.4, 0.015);
}

TEST(Target, SharesStayExactThroughManyChanges) {
  Target target = Target::one("v1");
  for (int i = 1; i < 300; ++i) {
    target = Target::split({{"v1", 1 + i * 7 % 50}, {"v2", 1 + i * 13 % 50}, {"v3", 25}}, target);
  }
  const auto& shares = target.shares();
  const double total = static_cast<double>(shares[0].weight + shares[1].weight + shares[2].weight);
  for (const Share& share : shares) {
    EXPECT_NEAR(share_of(target, share.version), static_cast<double>(share.weight) / total, 0.02);
  }
}

TEST(Target, IsKeptWithWhoIsWhere) {
  const Target split = Target::split({{"v1", 40}, {"v2", 60}},
                                     Target::split({{"v1", 60}, {"v2", 40}}, Target::one("v2")));
  const auto read = Target::read_stored(split.stored());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(*read == split);
  EXPECT_EQ(moved(*read, split), 0);
  EXPECT_EQ(read->text(), "v1:40,v2:60");
  EXPECT_EQ(read->version(), "v2");
  EXPECT_FALSE(Target::read_stored(R"({"shares":[["v1",1]],"ranges":[[5,0]]})"));
  EXPECT_FALSE(Target::read_stored(R"({"shares":[["v1",1]],"ranges":[[4294967296,7]]})"));
}

TEST(Target, RefusesSplitsThatMeanNothing) {
  const auto param = [](std::vector<Share> shares) {
    const Status good = check_shares(shares);
    return good ? std::string("good") : good.error().param;
  };
  EXPECT_EQ(param({{"v1", 1}, {"v2", kMaxWeight}}), "good");
  EXPECT_EQ(param({}), "split");
  EXPECT_EQ(param(std::vector<Share>(17, {"v1", 1})), "split");
  EXPECT_EQ(param({{"v1", 1}, {"v1", 2}}), "split[1].version");
  EXPECT_EQ(param({{"v1", 0}}), "split[0].weight");
  EXPECT_EQ(param({{"v1", kMaxWeight + 1}}), "split[0].weight");
  EXPECT_EQ(param({{"v 1", 1}}), "version");
}

}  // namespace
}  // namespace maester::prompts
