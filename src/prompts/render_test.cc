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

PromptVersion chat(std::vector<NewMessage> messages) {
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

PromptVersion with_history(std::vector<Variable> variables = {}) {
  NewVersion pushed;
  pushed.name = "p";
  pushed.messages = {{"system", "Be {tone}."}, {"", "", "history"}, {"user", "{q}"}};
  pushed.variables = std::move(variables);
  auto made = make_version(std::move(pushed));
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *std::move(made) : PromptVersion{};
}

TEST(Render, PutsMessagesInThePlaceholdersPlace) {
  const PromptVersion version = with_history();
  const auto rendered = render_with(
      version, R"({"tone":"brief","q":"{tone}","history":[{"role":"user","content":"Hi {q}"},
                   {"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]})");
  ASSERT_TRUE(rendered) << rendered.error().message;
  ASSERT_EQ(rendered->messages.size(), 4u);
  EXPECT_EQ(rendered->messages[1], (RenderedMessage{"user", "Hi {q}"})) << "values are data";
  EXPECT_EQ(rendered->messages[2].text, "a\nb");
  EXPECT_TRUE(rendered->messages[2].json.starts_with(R"({"role":"assistant","content":[)"));
  EXPECT_EQ(rendered->text, "Be brief.\nHi {q}\na\nb\n{tone}");
  EXPECT_EQ(render_with(version, R"({"tone":"x","q":"y","history":[]})")->messages.size(), 2u);
}

// A message that says its text in parts is another one than one with that JSON as its text.
TEST(Render, HashesMessagesSoThatNoTwoShareAHash) {
  const PromptVersion version = with_history();
  const std::string parts = R"({"role":"user","content":[]})";
  const auto a = render_with(version, R"({"tone":"x","q":"y","history":[)" + parts + "]}");
  const auto b =
      render_with(version, R"({"tone":"x","q":"y","history":[{"role":"user","content":)" +
                               json::quote(parts) + "}]}");
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->hash, b->hash);
}

TEST(Render, ChecksThePlaceholdersMessages) {
  const PromptVersion version = with_history({{"tone"}, {"q"}, {"history", "messages"}});
  const auto param = [&](std::string_view history) {
    const auto rendered =
        render_with(version, R"({"tone":"x","q":"y","history":)" + std::string(history) + "}");
    return rendered ? std::string("fine") : rendered.error().param;
  };
  EXPECT_EQ(param(R"([{"role":"tool","content":"7","tool_call_id":"c"}])"), "fine");
  EXPECT_EQ(param(R"([{"role":"assistant","content":null,"tool_calls":[]}])"), "fine");
  EXPECT_EQ(param(R"("hello")"), "variables.history");
  EXPECT_EQ(param(R"([1])"), "variables.history[0]");
  EXPECT_EQ(param(R"([{"role":"user","content":"x"},{"role":"robot","content":"x"}])"),
            "variables.history[1].role");
  EXPECT_EQ(param(R"([{"role":"user"}])"), "variables.history[0].content");
  EXPECT_EQ(param(R"([{"role":"user","content":3}])"), "variables.history[0].content");
  EXPECT_EQ(param(R"([{"role":"user","role":"system","content":"x"}])"), "variables.history[0]");
  const auto missing = render_with(version, R"({"tone":"x","q":"y"})");
  EXPECT_EQ(missing.error().code, Code::missing_variable);
  EXPECT_EQ(missing.error().param, "variables.history");
}

TEST(Render, APlaceholderIsNoTextAndATextNoPlaceholder) {
  const auto error = [](std::vector<NewMessage> messages, std::vector<Variable> variables) {
    NewVersion pushed;
    pushed.name = "p";
    pushed.messages = std::move(messages);
    pushed.variables = std::move(variables);
    const auto made = make_version(std::move(pushed));
    return made ? std::string("fine") : made.error().message;
  };
  EXPECT_NE(error({{"user", "{h}"}, {"", "", "h"}}, {}).find("needs a variable of type messages"),
            std::string::npos);
  EXPECT_NE(error({{"", "", "h"}, {"user", "{h}"}}, {}).find("stands in a `placeholder`"),
            std::string::npos);
  EXPECT_NE(error({{"", "", "h"}}, {{"h", "string"}}).find("needs a variable of type messages"),
            std::string::npos);
  EXPECT_NE(error({{"", "", "h"}}, {{"x"}}).find("declare it with type messages"),
            std::string::npos);
  EXPECT_NE(error({{"user", "", "h"}}, {}).find("stands alone"), std::string::npos);
  EXPECT_NE(error({{"", "", "a b"}}, {}).find("is no name"), std::string::npos);
}

TEST(Render, ChecksIntegersAndEnums) {
  const PromptVersion version =
      plain("{n} {tone}", {{"n", "integer"}, {"tone", "string", {"brief", "long"}}});
  EXPECT_EQ(render_with(version, R"({"n":12,"tone":"long"})")->text, "12 long");
  EXPECT_EQ(code_of(version, R"({"n":1.5,"tone":"long"})"), Code::unprocessable);
  EXPECT_EQ(code_of(version, R"({"n":"1","tone":"long"})"), Code::unprocessable);
  const auto wrong = render_with(version, R"({"n":1,"tone":"loud"})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "Variable `tone` must be one of `brief`, `long`, not `loud`.");
  NewVersion pushed;
  pushed.name = "p";
  pushed.template_text = "{n}";
  pushed.variables = {{"n", "number", {"1"}}};
  EXPECT_EQ(make_version(pushed).error().code, Code::invalid_request);
}

TEST(Render, ABooleanIsNoTextAndNoNumber) {
  const PromptVersion version = plain("{polite}", {{"polite", "boolean"}});
  EXPECT_EQ(render_with(version, R"({"polite":false})")->text, "false");
  for (const char* other :
       {R"({"polite":"false"})", R"({"polite":0})", R"({"polite":null})", R"({"polite":[true]})"})
    EXPECT_FALSE(render_with(version, other)) << other;
}

}  // namespace
}  // namespace maester::prompts
