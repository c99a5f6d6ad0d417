#include "access/principal.h"

#include <gtest/gtest.h>

namespace maester::access {
namespace {

TEST(KeyTerms, WithoutListsEverythingIsAllowed) {
  const KeyTerms terms;
  EXPECT_TRUE(terms.allows_model("gpt-4.1"));
  EXPECT_TRUE(terms.allows_route("fast"));
  EXPECT_TRUE(terms.allows_target("gpt-4.1"));
}

TEST(KeyTerms, ModelsLimitWhatIsAskedForAndWhatAnswers) {
  KeyTerms terms;
  terms.models = {"gpt-4.1", "openai/*"};
  EXPECT_TRUE(terms.allows_model("gpt-4.1"));
  EXPECT_FALSE(terms.allows_model("gpt-4.1-mini"));
  EXPECT_TRUE(terms.allows_model("openai/o3"));
  EXPECT_FALSE(terms.allows_model("openai/"));
  EXPECT_FALSE(terms.allows_model("openaix"));
  EXPECT_TRUE(terms.allows_route("fast"));
  EXPECT_FALSE(terms.allows_target("claude-3-5-sonnet"));
}

TEST(KeyTerms, RoutesAloneCloseTheWayAroundThem) {
  KeyTerms terms;
  terms.routes = {"fast"};
  EXPECT_TRUE(terms.allows_route("fast"));
  EXPECT_FALSE(terms.allows_route("slow"));
  EXPECT_FALSE(terms.allows_model("gpt-4.1"));
  EXPECT_TRUE(terms.allows_target("gpt-4.1"));  // by way of the route
}

TEST(Principal, GroupsAreTheKeysOwnUntilDelegated) {
  Principal principal;
  EXPECT_TRUE(principal.groups().empty());
  KeyTerms terms;
  terms.groups = {"staff"};
  principal.terms = std::make_shared<const KeyTerms>(terms);
  ASSERT_EQ(principal.groups().size(), 1u);
  principal.delegated_groups.emplace();
  EXPECT_TRUE(principal.groups().empty());  // a user without groups has none of the key's
}

}  // namespace
}  // namespace maester::access
