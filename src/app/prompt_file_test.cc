#include "app/prompt_file.h"

#include <gtest/gtest.h>

namespace maester::app {
namespace {

std::string body(const std::string& path, std::string_view text, PushOverrides overrides = {}) {
  const auto made = push_body(path, text, overrides);
  return made ? *made : "error: " + made.error().message;
}

TEST(PromptFile, TakesAPlainTextAsTheTemplate) {
  EXPECT_EQ(body("prompts/greet.prompt", "Hi {name}!\n"),
            R"({"name":"greet","template":"Hi {name}!"})");
  EXPECT_EQ(body("greet.v2.txt", "two\n\n"), R"({"name":"greet.v2","template":"two\n"})");
  EXPECT_EQ(body("g.txt", ""), R"({"name":"g","template":""})");
}

TEST(PromptFile, ReadsFrontMatter) {
  EXPECT_EQ(body("g.prompt",
                 "+++\nname = \"hello\"\nlabels = [\"canary\"]\nvariables = {n = \"number\"}\n+++\n"
                 "{n}\n+++\n"),
            "{\"name\":\"hello\",\"variables\":{\n        \"n\" : \"number\"\n    },"
            "\"template\":\"{n}\\n+++\",\"labels\":[\"canary\"]}");
  EXPECT_EQ(body("g.prompt", "+++\n+++\n+++\n"), R"({"name":"g","template":"+++"})");
  EXPECT_EQ(body("g.prompt", "+++\nname = 1"),
            "error: g.prompt:1:1: the front matter has no closing line `+++`");
}

TEST(PromptFile, LetsTheCommandLineOverrule) {
  EXPECT_EQ(body("g.json", R"({"version":"v1","message":"old","template":"x","labels":["a"]})",
                 {"v7", "new", {"b"}}),
            R"({"name":"g","template":"x","version":"v7","message":"new","labels":["a","b"]})");
}

TEST(PromptFile, NamesWhatIsWrong) {
  EXPECT_EQ(body("g.md", "x"), "error: g.md: a prompt file ends in .prompt, .txt, .toml or .json");
  EXPECT_EQ(body("g.json", "[1]"), "error: g.json: must hold an object");
  EXPECT_TRUE(body("g.json", "{").starts_with("error: g.json: "));
  EXPECT_TRUE(body("g.toml", "a = \nb").starts_with("error: g.toml:1:"));
  EXPECT_TRUE(body("g.toml", "templat = 'x'").starts_with("error: g.toml: unknown key `templat`"));
  EXPECT_EQ(body("g.txt", "\xff"), "error: g.txt: is not valid UTF-8");
}

TEST(PromptFile, IsPulledInAFormThatPushReadsBack) {
  const char* prompts[] = {
      R"({"name":"g","template":"Hi {name}!\n\n"})",
      R"({"name":"g","template":"+++\nnot front matter\n+++\n"})",
      R"({"name":"g","template":"\"q\" \\ \u001b ü \ud83d\ude00","variables":{"n":"number"}})",
      R"({"name":"g","messages":[{"content":"a\nb","role":"system"},{"content":"{q}","role":"user"}],"config":{"m":"x","s":[1,2],"t":0.5}})",  // TOML's tables come back sorted
  };
  for (const char* prompt : prompts) {
    const auto file = pulled_file(prompt);
    ASSERT_TRUE(file) << prompt;
    const auto again = push_body(file->name, file->text, {});
    ASSERT_TRUE(again) << again.error().message << file->text;
    const auto once_more = pulled_file(*again);
    ASSERT_TRUE(once_more) << *again;
    EXPECT_EQ(once_more->text, file->text) << *again;
  }
  EXPECT_EQ(pulled_file(prompts[0])->text, "Hi {name}!\n\n\n");
  EXPECT_EQ(pulled_file(prompts[0])->name, "g.prompt");
  EXPECT_EQ(pulled_file(prompts[3])->name, "g.toml");
}

TEST(PromptFile, PullsDerivedVariablesAsNone) {
  const auto file = pulled_file(
      R"({"name":"g","template":"{a}","variables":{"a":"string"},"variables_declared":false})");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "g.prompt");
}

}  // namespace
}  // namespace maester::app
