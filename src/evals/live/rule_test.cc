#include "evals/live/rule.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

Result<LiveRule> read(std::string_view text) {
  const auto document = json::Document::parse(text);
  return read_live_rule(document->root());
}

TEST(LiveRule, TheShareIsPickedAlikeEachTimeAndIsAboutRight) {
  const auto rule = read(R"({"name":"a","sample":0.1,"review":"always"})");
  const auto other = read(R"({"name":"b","sample":0.1,"review":"always"})");
  ASSERT_TRUE(rule && other);
  int picked = 0, both = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "request-" + std::to_string(i);
    EXPECT_EQ(rule->picks(id), rule->picks(id));
    picked += rule->picks(id) ? 1 : 0;
    both += rule->picks(id) && other->picks(id) ? 1 : 0;
  }
  EXPECT_NEAR(picked, 1000, 150);  // five deviations
  EXPECT_NEAR(both, 100, 50);      // another rule's share is another
}

TEST(LiveRule, CoversByWhatIsNamedOnly) {
  const auto rule = read(R"({"name":"a","where":{"prompt":"p","model":"m"},"review":"always"})");
  ASSERT_TRUE(rule);
  meter::Dimensions of;
  of.prompt_name = "p";
  of.model = "m";
  of.route = "anything";
  EXPECT_TRUE(rule->covers(of));
  of.model = "other";
  EXPECT_FALSE(rule->covers(of));
}

TEST(LiveRule, TheSpecReadsBackAsTheSameRule) {
  const auto rule = read(
      R"({"review":"failed", "name":"a","assertions":[{"type":"contains","value":"x"}],"sample":0.25,"max_cost_usd_per_day":"1.50"})");
  ASSERT_TRUE(rule) << rule.error().message;
  const auto again = read(rule->spec);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->spec, rule->spec);
  EXPECT_EQ(again->sample, 0.25);
  EXPECT_EQ(again->assertions.size(), 1U);
  EXPECT_EQ(again->max_cost_per_day->to_string(), "1.5");
}

TEST(LiveRule, ARuleThatWouldDoNothingIsRefused) {
  EXPECT_FALSE(read(R"({"name":"a"})"));
  EXPECT_FALSE(read(R"({"name":"a","review":"failed"})"));
  EXPECT_FALSE(read(R"({"name":"a","review":"always","sample":0})"));
}

}  // namespace
}  // namespace maester::evals
