// Graders of form and of overlap. Figures with nine digits are promptfoo 0.123.1's own
// (EVAL_SEMANTICS.md §3) or follow from the formula by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "checks/check.h"

namespace maester::checks {
namespace {

struct Case {
  const char *type, *more, *output;
  bool passed;
};

Grade grade(const std::string& type, const std::string& more, std::string_view output) {
  const std::string text = R"([{"type":")" + type + "\"" + (more.empty() ? "" : "," + more) + "}]";
  const auto document = json::Document::parse(text);
  const auto checks = compile(document->root());
  EXPECT_TRUE(checks) << text << ": " << (checks ? "" : checks.error().message);
  return checks ? (*checks)[0].grade({.output = output}) : Grade{};
}

constexpr Case kForms[] = {
    // contains-json: objects only, read as YAML, open ones closed, comments allowed.
    {"contains-json", "", "x {\"a\": 1} y", true},
    {"contains-json", "", "{a: 1, b: [1,2,], }", true},
    {"contains-json", "", "cut off: {\"a\": {\"b\": 1", true},
    {"contains-json", "", "[1, 2, 3]", false},
    {"contains-json", "", "no braces", false},
    {"not-contains-json", "", "no braces", true},
    {"contains-json", R"("value":{"required":["b"]})", R"({"a":1} {"b":2})", true},
    {"contains-json", R"("value":{"required":["c"]})", R"({"a":1} {"b":2})", false},
    {"contains-json", R"("value":{"properties":{"d":{"format":"date"}}})", R"({"d":"x"})", false},
    // XML: well-formed, no DOCTYPE's subset, the paths are there.
    {"is-xml", "", "<a><b>x</b></a>", true},
    {"is-xml", "", "<a><b>x</a></b>", false},
    {"is-xml", "", "text <a/>", false},
    {"is-xml", "", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", false},
    {"is-xml", R"("value":"a.b")", "<a><b>x</b></a>", true},
    {"is-xml", R"("value":"a.c")", "<a><b>x</b></a>", false},
    {"contains-xml", "", "see <a><b/></a> there", true},
    {"contains-xml", R"("value":{"requiredElements":["a.b"]})", "see <a><b/></a> there", true},
    {"contains-xml", "", "a < b and c > d", false},
    // HTML: a known element and no loose text; or signs worth two points.
    {"is-html", "", "<div><p>Hi</p></div>", true},
    {"is-html", "", "text <b>x</b>", false},
    {"is-html", "", "", false},
    {"is-html", "", "<?xml version=\"1.0\"?><a/>", false},
    {"contains-html", "", "look: <b>bold</b>", true},
    {"contains-html", "", "a < b > c", false},
    {"not-contains-html", "", "plain", true},
    // SQL by form (ADR 0152).
    {"is-sql", "", "SELECT a, b FROM t WHERE a > 1", true},
    {"is-sql", "", "SELECT a b FROM", false},
    {"is-sql", "", "hello there", false},
    {"contains-sql", "", "Here:\n```sql\nSELECT 1 FROM t\n```", true},
    {"contains-sql", "", "Here:\n```python\nprint(1)\n```", false},
    // Refusals.
    {"is-refusal", "", "I'm sorry, but I can't help with that.", true},
    {"is-refusal", "", "I\xe2\x80\x99m unable to assist with this request.", true},
    {"is-refusal", "", "Sure! Here is how to do it.", false},
    {"not-is-refusal", "", "Sure! Here is how to do it.", true},
};

TEST(FormGraders, JudgeWhatTheyAreShown) {
  for (const Case& one : kForms) {
    const Grade got = grade(one.type, one.more, one.output);
    EXPECT_EQ(got.passed, one.passed) << one.type << " " << one.more << ": " << one.output;
    EXPECT_FALSE(got.error) << one.type << ": " << got.reason;
  }
}

TEST(OverlapGraders, ScoreAsThePublishedFormulas) {
  struct Overlap {
    const char *type, *value, *output;
    double score;
    bool passed;
  };
  constexpr const char* kMat = "The cat sat on the mat";
  constexpr const char* kIs = R"("The cat is on the mat")";
  const Overlap cases[] = {
      {"rouge-n", kIs, kMat, 0.833333333, true},
      {"bleu", kIs, kMat, 0.010574, false},
      {"gleu", kIs, kMat, 0.5, true},
      {"bleu", R"("two words")", "two words", 1, true},
      {"gleu", R"("two words")", "two words", 1, true},
      {"rouge-n", R"("two words")", "other thing", 0, false},
      // The best of several references counts.
      {"bleu", R"(["nothing alike","The cat sat on the mat"])", kMat, 1, true},
      // All that is there is right, and half is missing: brevity exp(1 - 4/2).
      {"bleu", R"("a b c d")", "a b", 0.367879441, false},
  };
  for (const Overlap& one : cases) {
    const Grade got = grade(one.type, std::string("\"value\":") + one.value, one.output);
    EXPECT_NEAR(got.score, one.score, 1e-6) << one.type << " " << one.value;
    EXPECT_EQ(got.passed, one.passed) << one.type << " " << one.value;
    const Grade turned =
        grade(std::string("not-") + one.type, std::string("\"value\":") + one.value, one.output);
    EXPECT_NEAR(turned.score, 1 - one.score, 1e-6);
    EXPECT_EQ(turned.passed, !one.passed);
  }
}

TEST(FormGraders, AFormatThatDoesNotExistIsAMistakeOfTheCheck) {
  const auto document =
      json::Document::parse(R"([{"type":"is-json","value":{"format":"nosuch"}}])");
  EXPECT_FALSE(compile(document->root()));
}

}  // namespace
}  // namespace maester::checks
