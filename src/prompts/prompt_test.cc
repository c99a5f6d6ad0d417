#include "prompts/prompt.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"

namespace maester::prompts {
namespace {

NewVersion with_text(std::string text) {
  NewVersion pushed;
  pushed.name = "p";
  pushed.template_text = std::move(text);
  return pushed;
}

Error error_of(NewVersion pushed) {
  auto made = make_version(std::move(pushed));
  EXPECT_FALSE(made);
  return made ? Error{} : made.error();
}

TEST(PromptVersion, DeclaresTheTemplatesVariablesWhenNothingIsDeclared) {
  const auto made = make_version(with_text("{b} {a} {b}"));
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->variables_declared);
  EXPECT_EQ(made->variables, (std::vector<Variable>{{"b", "string"}, {"a", "string"}}));
  EXPECT_EQ(made->template_hash, sha256_hex("{b} {a} {b}"));
}

TEST(PromptVersion, RefusesAVariableThatTheDeclarationDoesNotName) {
  NewVersion pushed = with_text("{a} {b}");
  pushed.variables = {{"a", "string"}};
  const Error error = error_of(std::move(pushed));
  EXPECT_EQ(error.code, Code::unprocessable);
  EXPECT_EQ(error.param, "variables.b");
}

TEST(PromptVersion, RefusesALoneBraceWithItsPosition) {
  const Error error = error_of(with_text("first\nsecond }"));
  EXPECT_EQ(error.code, Code::unprocessable);
  EXPECT_NE(error.message.find("line 2, column 8"), std::string::npos) << error.message;
  EXPECT_EQ(error.param, "template");
}

TEST(PromptVersion, NamesTheMessageAtFault) {
  NewVersion pushed;
  pushed.name = "p";
  pushed.messages = {{"system", "fine"}, {"user", "{"}};
  EXPECT_EQ(error_of(pushed).param, "messages[1]");
  pushed.messages[1] = {"robot", "fine"};
  EXPECT_EQ(error_of(pushed).code, Code::invalid_request);
}

TEST(PromptVersion, RefusesMalformedParts) {
  EXPECT_EQ(error_of(with_text("")).code, Code::invalid_request);
  for (const char* name : {"", "a b", "a/b", "a@v1", "-a", ".a", "ä"}) {
    NewVersion pushed = with_text("x");
    pushed.name = name;
    EXPECT_EQ(error_of(pushed).param, "name") << name;
  }
  NewVersion typed = with_text("{a}");
  typed.variables = {{"a", "text"}};
  EXPECT_EQ(error_of(typed).param, "variables.a");
  typed.variables = {{"a", "json"}, {"a", "json"}};
  EXPECT_EQ(error_of(typed).param, "variables.a");
  NewVersion config = with_text("x");
  config.config = "[1]";
  EXPECT_EQ(error_of(config).param, "config");
  NewVersion both = with_text("x");
  both.messages = {{"user", "x"}};
  EXPECT_EQ(error_of(both).code, Code::invalid_request);
}

TEST(PromptVersion, BoundsItsSize) {
  EXPECT_EQ(error_of(with_text(std::string(kMaxTemplateBytes + 1, 'x'))).code, Code::too_large);
  NewVersion many;
  many.name = "p";
  many.messages.assign(kMaxMessages + 1, {"user", "x"});
  EXPECT_EQ(error_of(many).code, Code::too_large);
}

TEST(PromptVersion, TakesADeclarationAsASet) {
  NewVersion pushed = with_text("{a}{b}");
  pushed.variables = {{"b", "json"}, {"a", "string"}};
  const auto first = make_version(pushed);
  pushed.variables = {{"a", "string"}, {"b", "json"}};
  EXPECT_TRUE(same_content(*first, *make_version(pushed)));
}

TEST(PromptVersion, ComparesContentAndNotItsMessage) {
  NewVersion pushed = with_text("{a}");
  const auto first = make_version(pushed);
  pushed.message = "another";
  EXPECT_TRUE(same_content(*first, *make_version(pushed)));
  pushed.config = R"({"model": "gpt-4.1"})";
  EXPECT_FALSE(same_content(*first, *make_version(pushed)));
  NewVersion as_chat;
  as_chat.name = "p";
  as_chat.messages = {{"user", "{a}"}};
  EXPECT_FALSE(same_content(*first, *make_version(as_chat)));
}

TEST(Prompt, AConfigIsItsValuesHoweverTheyAreWritten) {
  const auto with = [](std::string config) {
    NewVersion pushed = with_text("x");
    pushed.config = std::move(config);
    return *make_version(pushed);
  };
  const PromptVersion one = with(R"({"temperature":0.10,"stop":["a"]})");
  EXPECT_TRUE(same_content(one, with(R"({ "stop": ["a"], "temperature": 0.1 })")));
  EXPECT_FALSE(same_content(one, with(R"({"temperature":0.2,"stop":["a"]})")));
  EXPECT_FALSE(same_content(one, with("")));
}

}  // namespace
}  // namespace maester::prompts
