#include "prompts/references.h"

#include <gtest/gtest.h>

#include "prompts/registry_for_test.h"

namespace maester::prompts {
namespace {

class References : public RegistryTest {
 protected:
  std::string push_as(std::string name, std::string template_text,
                      std::vector<Variable> variables = {}) {
    NewVersion version;
    version.name = std::move(name);
    version.template_text = std::move(template_text);
    version.variables = std::move(variables);
    return push(std::move(version));
  }
  std::string rendered(const char* name, std::string_view variables = "{}") {
    const auto doc = json::Document::parse(variables);
    const auto version = registry_->resolve("default", name, {});
    if (!version) return version.error().message;
    const auto out = render(**version, doc->root());
    return out ? out->text : out.error().message;
  }
};

TEST_F(References, ArePinnedWhenTheyArePushed) {
  ASSERT_EQ(push_as("tone", "Be brief."), "v1");
  ASSERT_EQ(push_as("greet", "{@tone} Hi {name}"), "v1");
  ASSERT_EQ(push_as("tone", "Be long."), "v2");
  EXPECT_EQ(rendered("greet", R"({"name":"Ada"})"), "Be brief. Hi Ada");
  const VersionPtr version = *registry_->resolve("default", "greet", {});
  EXPECT_EQ(version->messages[0].source(), "{@tone@v1} Hi {name}");
  EXPECT_EQ(version->references, (std::vector<Reference>{{"tone", "v1"}}));
  EXPECT_EQ(push_as("greet", "{@tone@v1} Hi {name}"), "v1") << "what is read back is the same";
  EXPECT_EQ(push_as("greet", "{@tone} Hi {name}"), "v2") << "the same words mean another text now";
  EXPECT_NE((*registry_->resolve("default", "greet", {}))->template_hash, version->template_hash);
  reopen();
  EXPECT_EQ((*registry_->resolve("default", "greet", {"v1", ""}))->template_hash,
            version->template_hash);
  EXPECT_EQ(rendered("greet", R"({"name":"Ada"})"), "Be long. Hi Ada");
}

TEST_F(References, ByLabelAndVersionAndThroughEachOther) {
  push_as("a", "A1 {{x}} {v}");
  push_as("a", "A2");
  ASSERT_TRUE(registry_->set_label("default", "a", "old", {{"v1"}}));
  push_as("b", "[{@a:old}|{@a@v2}]");
  push_as("c", "<{@b}>{{@a}} {v}");
  EXPECT_EQ(rendered("c", R"({"v":"{@a}"})"), "<[A1 {x} {@a}|A2]>{@a} {@a}")
      << "values are data, and two braces are one";
}

TEST_F(References, BringTheirVariablesWithTheirTypes) {
  push_as("count", "{n} times", {{"n", "integer"}});
  push_as("greet", "{@count} {who}");
  EXPECT_EQ(rendered("greet", R"({"n":3,"who":"Ada"})"), "3 times Ada");
  EXPECT_EQ(rendered("greet", R"({"n":"3","who":"Ada"})"),
            "Variable `n` must be a whole number, not a string.");
  reopen();
  EXPECT_EQ(rendered("greet", R"({"n":"3","who":"Ada"})"),
            "Variable `n` must be a whole number, not a string.");
  EXPECT_NE(push_as("greet", "{@count} {who}", {{"who"}}).find("uses variable `n`"),
            std::string::npos);
  push_as("other", "{n}", {{"n", "boolean"}});
  EXPECT_NE(push_as("both", "{@count}{@other}").find("different types"), std::string::npos);
  EXPECT_EQ(push_as("both", "{@count}{@other}", {{"n", "json"}}), "v1");
}

TEST_F(References, NeverLeadBack) {
  push_as("a", "a");
  EXPECT_EQ(push_as("a", "{@a}"), "error: Prompt `a` cannot contain itself.");
  push_as("b", "{@a}");
  push_as("c", "{@b}");
  EXPECT_EQ(push_as("a", "{@c}"), "error: Prompt `a` cannot contain itself: a > c > b > a.");
}

TEST_F(References, GoFiveDeep) {
  push_as("p0", "x");
  for (int i = 1; i <= 5; ++i) {
    ASSERT_EQ(push_as("p" + std::to_string(i), "{@p" + std::to_string(i - 1) + "}"), "v1");
  }
  EXPECT_EQ(rendered("p5"), "x");
  EXPECT_NE(push_as("p6", "{@p5}").find("5 deep"), std::string::npos);
}

TEST_F(References, SayWhatIsWrongAndWhere) {
  push_as("a", "a");
  EXPECT_EQ(push_as("x", "{@nobody}"), "error: There is no prompt `nobody`; there is `a`.");
  EXPECT_EQ(push_as("x", "{@a@v9}"), "error: Prompt `a` has no version `v9`; it has `v1`.");
  EXPECT_NE(push_as("x", "{@a b}").find("`{@a b}` is no reference"), std::string::npos);
  EXPECT_NE(push_as("x", "line\n{@a} } x").find("lone `}` at line 2, column 6"), std::string::npos);
  EXPECT_NE(push_as("x", "{@a").find("lone `{`"), std::string::npos);
  NewVersion chat;
  chat.name = "chat";
  chat.messages = {{"user", "hi"}};
  push(chat);
  EXPECT_NE(push_as("x", "{@chat}").find("is a chat"), std::string::npos);
}

TEST_F(References, KeepWhatTheyNameFromBeingDeleted) {
  push_as("tone", "Be brief.");
  push_as("greet", "{@tone}");
  const Status refused = registry_->delete_prompt("default", "tone");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_NE(refused.error().message.find("`greet@v1`"), std::string::npos);
  ASSERT_TRUE(registry_->delete_prompt("default", "greet"));
  EXPECT_TRUE(registry_->delete_prompt("default", "tone"));
}

TEST_F(References, MayNotGrowPastTheBound) {
  push_as("big", std::string(100 * 1024, 'x'));
  EXPECT_EQ(push_as("two", "{@big}{@big}"), "v1");
  EXPECT_NE(push_as("three", "{@big}{@big}{@big}").find("256 KiB"), std::string::npos);
}

}  // namespace
}  // namespace maester::prompts
