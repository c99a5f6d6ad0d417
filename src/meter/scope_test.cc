#include "meter/scope.h"

#include <gtest/gtest.h>

namespace maester::meter {
namespace {

const Tags kTags = {{"team", "search"}, {"stage", "dev"}};
const Spender kSpender{.tenant = "acme",
                       .key = "k1",
                       .user = "ann",
                       .route = "support",
                       .prompt = "summary",
                       .model = "gpt",
                       .tags = kTags};

Result<Scope> read(std::string_view json, bool with_model = false) {
  const auto document = json::Document::parse(json);
  return read_scope(document->root(), "acme", with_model);
}

TEST(ScopeTest, EveryMemberThatIsSetMustHold) {
  EXPECT_TRUE(covers({.tenant = "acme"}, kSpender));
  EXPECT_FALSE(covers({.tenant = "other"}, kSpender));
  const char* held[] = {R"({"key":"k1"})", R"({"user":"ann","route":"support"})",
                        R"({"prompt":"summary"})", R"({"tag":{"team":"search","stage":"dev"}})",
                        R"({"model":"gpt"})"};
  for (const char* json : held) EXPECT_TRUE(covers(*read(json, true), kSpender)) << json;
  const char* broken[] = {R"({"key":"k2"})",
                          R"({"user":"ann","route":"sales"})",
                          R"({"prompt":"x"})",
                          R"({"tag":{"team":"search","stage":"prod"}})",
                          R"({"tag":{"unknown":"*"}})",
                          R"({"model":"o3"})"};
  for (const char* json : broken) EXPECT_FALSE(covers(*read(json, true), kSpender)) << json;
}

TEST(ScopeTest, AStarCoversEachValueByItselfAndNotAMissingOne) {
  const Scope scope = *read(R"({"user":"*","tag":{"team":"*"}})");
  EXPECT_TRUE(has_subjects(scope));
  ASSERT_TRUE(covers(scope, kSpender));
  EXPECT_EQ(subject_of(scope, kSpender), "3:ann,6:search");
  Spender nobody = kSpender;
  nobody.user = "";
  EXPECT_FALSE(covers(scope, nobody));
  EXPECT_EQ(subject_of({.tenant = "acme", .user = "ann"}, kSpender), "");
}

TEST(ScopeTest, NoTwoListsOfValuesAreOneSubject) {
  const Scope scope = *read(R"({"key":"*","user":"*"})");
  const Spender a{.tenant = "acme",
                  .key = "x,1:y",
                  .user = "z",
                  .route = "",
                  .prompt = "",
                  .model = "",
                  .tags = {}};
  const Spender b{.tenant = "acme",
                  .key = "x",
                  .user = "y,1:z",
                  .route = "",
                  .prompt = "",
                  .model = "",
                  .tags = {}};
  EXPECT_NE(subject_of(scope, a), subject_of(scope, b));
}

TEST(ScopeTest, IsWrittenAsItIsRead) {
  const char* json = R"({"tenant":"acme","key":"k1","user":"*","route":"r","prompt":"p",)"
                     R"("tag":{"a":"1","b":"2"}})";
  std::string out;
  json::Writer w(out);
  write(w, *read(json));
  EXPECT_EQ(out, json);
  EXPECT_EQ(read("{}")->tenant, "acme");
}

TEST(ScopeTest, RefusesWhatItDoesNotKnowByName) {
  for (const char* json : {R"({"keys":"k"})", R"({"model":"m"})", R"({"tag":{}})", R"({"key":""})",
                           R"({"tag":"x"})", R"({"tenant":"*"})", R"({"key":"a","key":"b"})"}) {
    const auto scope = read(json);
    ASSERT_FALSE(scope) << json;
    EXPECT_EQ(scope.error().code, Code::invalid_request);
  }
}

}  // namespace
}  // namespace maester::meter
