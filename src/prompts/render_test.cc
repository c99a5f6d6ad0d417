#include "prompts/render.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"

namespace maester::prompts {
namespace {

PromptVersion plain(std::string text, std::vector<Variable> variables = {}) {
  NewVersion pushed;
  pushed.name = "p";
  pushed.template_text = std::move(text);
  pushed.variables = std::move(variables);
  auto made = make_version(std::move(pushed));
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *std::move(made) : PromptVersion{};
}

PromptVersion chat(std::vector<std::pair<std::string, std::string>> messages) {
  NewVersion pushed;
  pushed.name = "p";
  pushed.messages = std::move(messages);
  auto made = make_version(std::move(pushed));
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *std::move(made) : PromptVersion{};
}

Result<Rendered> render_with(const PromptVersion& version, std::string_view variables) {
  auto doc = json::Document::parse(variables);
  EXPECT_TRUE(doc) << variables;
  return render(version, doc->root());
}

Code code_of(const PromptVersion& version, std::string_view variables) {
  const auto rendered = render_with(version, variables);
  return rendered ? Code::internal : rendered.error().code;
}

TEST(Render, NeverRendersAValueAgain) {
  const auto rendered = render_with(plain("{a}{b}"), R"({"a": "{b} {{x}}", "b": "{a}"})");
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->text, "{b} {{x}}{a}");
}

TEST(Render, HashesWhatWasRendered) {
  const auto rendered = render_with(plain("Hi {{{name}}}!"), R"({"name": "Zoë"})");
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->text, "Hi {Zoë}!");
  EXPECT_EQ(rendered->hash, sha256_hex("Hi {Zoë}!"));
}

TEST(Render, HashesAChatByRoleAndLengthSoThatNoTwoShareAHash) {
  const PromptVersion version = chat({{"system", "Be {tone}."}, {"user", "{q}"}});
  const auto rendered = render_with(version, R"({"tone": "brief", "q": "why?"})");
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->text, "Be brief.\nwhy?");
  EXPECT_EQ(rendered->hash, sha256_hex("system 9\nBe brief.\nuser 4\nwhy?\n"));
  const auto moved = render_with(chat({{"system", "Be brief.\nuser 4\nwhy?"}}), "{}");
  ASSERT_TRUE(moved);
  EXPECT_NE(moved->hash, rendered->hash);
}

TEST(Render, NamesEveryMissingVariable) {
  const auto rendered =
      render_with(chat({{"system", "{b}"}, {"user", "{a} {c}"}}), R"({"a": "1"})");
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().code, Code::missing_variable);
  EXPECT_EQ(rendered.error().param, "variables.b");
  EXPECT_NE(rendered.error().message.find("variables `b`, `c`"), std::string::npos);
  EXPECT_EQ(code_of(plain("{a}"), "null"), Code::missing_variable);
}

TEST(Render, ChecksDeclaredTypes) {
  const PromptVersion version =
      plain("{s} {n} {b} {j}", {{"s", "string"}, {"n", "number"}, {"b", "boolean"}, {"j", "json"}});
  const auto rendered =
      render_with(version, R"({"s": "x", "n": 1.50, "b": true, "j": {"k": [1, "two"]}})");
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_EQ(rendered->text, R"(x 1.50 true {"k": [1, "two"]})");
  const auto wrong = render_with(version, R"({"s": 1, "n": 1, "b": true, "j": 0})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::unprocessable);
  EXPECT_EQ(wrong.error().message, "Variable `s` must be a string, not a number.");
  EXPECT_EQ(wrong.error().param, "variables.s");
}

TEST(Render, TakesUndeclaredVariablesAsStrings) {
  EXPECT_EQ(code_of(plain("{a}"), R"({"a": 5})"), Code::unprocessable);
  EXPECT_TRUE(render_with(plain("{a}"), R"({"a": "5", "other": 1})")) << "nothing was declared";
}

TEST(Render, RefusesMisspeltNamesWhereVariablesAreDeclared) {
  const auto rendered = render_with(plain("{name}", {{"name", "string"}, {"tone", "string"}}),
                                    R"({"name": "a", "nmae": "b"})");
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().code, Code::unprocessable);
  EXPECT_EQ(rendered.error().message,
            "Prompt `p`  has no variable `nmae`; it declares `name`, `tone`.");
}

TEST(Render, RefusesDuplicateAndMalformedVariables) {
  EXPECT_EQ(code_of(plain("{a}"), R"({"a": "1", "a": "2"})"), Code::invalid_request);
  EXPECT_EQ(code_of(plain("{a}"), R"(["a"])"), Code::invalid_request);
}

TEST(Render, BoundsTheRenderedSize) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "{a}";
  const std::string big = R"({"a": ")" + std::string(20'000, 'x') + R"("})";
  EXPECT_EQ(code_of(plain(many), big), Code::too_large);
}

}  // namespace
}  // namespace maester::prompts
