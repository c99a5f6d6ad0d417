#include "app/prompt_file.h"

#include <gtest/gtest.h>

#include "app/prompt_labels_file.h"
#include "codec/json_equal.h"

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
            "{\"name\":\"hello\",\"variables\":{\"n\":\"number\"},"
            "\"template\":\"{n}\\n+++\",\"labels\":[\"canary\"]}");
  EXPECT_EQ(body("g.prompt", "+++\n+++\n+++\n"), R"({"name":"g","template":"+++"})");
  EXPECT_EQ(body("g.prompt", "+++\nname = 1"),
            "error: g.prompt:1:1: the front matter has no closing line `+++`");
}

TEST(PromptFile, NumbersOfTomlStayWhatWasWritten) {
  EXPECT_EQ(body("g.toml", "template = 'x'\nconfig = { t = 0.1, n = 7, d = 1979-05-27, b = true }"),
            R"({"name":"g","config":{"b":true,"d":"1979-05-27","n":7,"t":0.1},"template":"x"})");
}

TEST(PromptFile, RefusesValuesNestedTooDeep) {
  const std::string deep = "config = " + std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(body("g.toml", deep), "error: g.toml: values are nested more than 60 deep");
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

TEST(PromptFile, KeepsEverythingThatAPromptHas) {
  const char* const prompts[] = {
      R"({"name":"g","messages":[{"role":"system","content":"x"},{"placeholder":"h"}],
          "variables":{"h":"messages","t":{"type":"string","enum":["a","b"]}},"variables_declared":true,
          "config":{"temperature":0.10,"stop":[]},"fallback":"Sorry."})",
      R"({"name":"g","template":"x","config":{"seed":null}})",
      R"({"name":"g","template":"x","config":{"seed":123456789012345678901234567890}})",
      R"({"name":"g","template":"x","config":{"temperature":0.12345678901234567890123}})",
  };
  const char* const names[] = {"g.toml", "g.json", "g.json", "g.json"};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto file = pulled_file(prompts[i]);
    ASSERT_TRUE(file) << prompts[i];
    EXPECT_EQ(file->name, names[i]) << file->text;
    const auto again = push_body(file->name, file->text, {});
    ASSERT_TRUE(again) << again.error().message << file->text;
    const auto before = json::Document::parse(prompts[i]), after = json::Document::parse(*again);
    for (const json::Value member : before->root()) {
      if (member.key() == "variables_declared") continue;
      EXPECT_TRUE(json::equal(after->root().get(member.key()), member)) << member.key() << *again;
    }
  }
  const auto copy =
      pulled_file(R"({"name":"g","version":"v3","template":"x","message":"why"})", true);
  EXPECT_EQ(copy->name, "v3.toml");
  EXPECT_EQ(body(copy->name, copy->text),
            R"({"message":"why","name":"g","template":"x","version":"v3"})");
}

TEST(PromptFile, LabelsGoIntoAFileAndBack) {
  const auto text = labels_file(
      {{"a.b", R"([{"label":"production","version":"v3","revision":7},
                   {"label":"canary","version":"v3","split":[{"version":"v3","weight":9},{"version":"v4","weight":1}]}])"},
       {"none", "[]"}},
      R"([{"prompt":"*","label":"production","role":"admin","approvals":1,"set_by":"k"}])");
  ASSERT_TRUE(text);
  EXPECT_EQ(
      *text,
      "[labels.\"a.b\"]\n\"production\" = \"v3\"\n\"canary\" = [{ \"version\" = \"v3\", "
      "\"weight\" = 9 }, { \"version\" = \"v4\", \"weight\" = 1 }]\n\n[[protections]]\nprompt "
      "= \"*\"\nlabel = \"production\"\nrole = \"admin\"\napprovals = 1\n");
  const auto read = read_labels_file("@labels.toml", *text);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->labels.size(), 2u);
  EXPECT_EQ(read->labels[0].first, "a.b");
  EXPECT_EQ(read->labels[1].second, R"({"label":"production","version":"v3"})");
  ASSERT_EQ(read->protections.size(), 1u);
  EXPECT_EQ(read_labels_file("f", "[label.x]").error().message,
            "f: unknown key `label`; there are [labels.\"PROMPT\"] and [[protections]]");
  EXPECT_TRUE(
      read_labels_file("f", "[labels.x]\na = 1").error().message.starts_with("f: label `a`"));
}

TEST(PromptFile, PullsDerivedVariablesAsNone) {
  const auto file = pulled_file(
      R"({"name":"g","template":"{a}","variables":{"a":"string"},"variables_declared":false})");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "g.prompt");
}

}  // namespace
}  // namespace maester::app
