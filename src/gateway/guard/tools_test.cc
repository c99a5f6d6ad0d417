#include "gateway/guard/tools.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace maester::gateway::guard {
namespace {

TEST(CloseJson, ClosesWhatIsOpenAndMakesUpNothing) {
  EXPECT_EQ(close_json(R"({"city":"Be)"), R"({"city":"Be"})");
  EXPECT_EQ(close_json(R"({"a":[{"b":"c"})"), R"({"a":[{"b":"c"}]})");
  EXPECT_EQ(close_json(R"({"a":{)"), R"({"a":{}})");
  EXPECT_EQ(close_json(R"(["x)"), R"(["x"])");
}

TEST(CloseJson, LeavesAloneWhatAnyGuessCouldChange) {
  for (const char* cut :
       {R"({"a":1)", R"({"a":tru)", R"({"a":)", R"({"a")", R"({"a)", R"({"a":"x",)", R"({"a":"x\)",
        R"({"a":"\u00)", R"({"a":[1,)", "", "x", R"({"a":1}})", R"({"a":1]})"})
    EXPECT_EQ(close_json(cut), std::nullopt) << cut;
}

// Whatever is closed is the beginning of what was meant: every value in it but the last string
// stands in the whole text.
TEST(CloseJson, GivesJsonForEveryCutThatItCloses) {
  const std::string whole = R"({"a":"b\"c","d":[1,{"e":null,"f":"g\u00e9"}],"h":true,"i":"j"})";
  int closed = 0;
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const auto out = close_json(std::string_view(whole).substr(0, cut));
    if (!out) continue;
    ++closed;
    EXPECT_TRUE(json::Document::parse(*out)) << *out;
    EXPECT_TRUE(out->starts_with(whole.substr(0, cut)));
  }
  EXPECT_GT(closed, 10);
}

ToolBook book(const ToolConfig& tool, ToolRules rules = {}) {
  return *ToolBook::make({tool}, rules);
}

TEST(ToolBook, PermitsByRoleKeyAndGroupTogether) {
  ToolConfig tool;
  tool.name = "t";
  tool.roles = {"admin", "member"};
  tool.groups = {"ops"};
  access::Principal who;
  who.role = access::Role::member;
  const ToolBook tools = book(tool);
  const GovernedTool* found = tools.find("default", "t");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(tools.permit(found, who), Permit::not_permitted);
  auto terms = std::make_shared<access::KeyTerms>();
  terms->groups = {"dev", "ops"};
  who.terms = terms;
  EXPECT_EQ(tools.permit(found, who), Permit::allowed);
  who.role = access::Role::viewer;
  EXPECT_EQ(tools.permit(found, who), Permit::not_permitted);
}

TEST(ToolBook, ATenantsOwnToolStandsBeforeEverybodys) {
  ToolConfig common, own;
  common.name = own.name = "t";
  own.tenant = "acme";
  own.enabled = false;
  const ToolBook tools = *ToolBook::make({common, own}, {});
  access::Principal who;
  EXPECT_EQ(tools.permit(tools.find("acme", "t"), who), Permit::switched_off);
  EXPECT_EQ(tools.permit(tools.find("other", "t"), who), Permit::allowed);
}

TEST(ToolBook, UnknownToolsAreAllowedUnlessOnlyConfiguredOnesAre) {
  access::Principal who;
  EXPECT_EQ(book({}).permit(nullptr, who), Permit::allowed);
  EXPECT_EQ(book({}, {.governed = true}).permit(nullptr, who), Permit::not_configured);
}

}  // namespace
}  // namespace maester::gateway::guard
