#include "checks/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.h"

namespace maester::checks {
namespace {

using testing::HasSubstr;

std::vector<CompiledCheck> compiled(const std::string& text) {
  const auto doc = json::Document::parse(text);
  EXPECT_TRUE(doc) << text;
  auto out = compile(doc->root());
  EXPECT_TRUE(out) << text << ": " << (out ? "" : out.error().message);
  return out ? *std::move(out) : std::vector<CompiledCheck>();
}

Grade grade(const std::string& check, const Subject& subject) {
  const auto checks = compiled("[" + check + "]");
  return checks.empty() ? Grade{.name = "did not compile", .type = {}, .reason = {}}
                        : checks[0].grade(subject);
}

bool passes(const std::string& check, std::string_view output) {
  const Grade out = grade(check, {.output = output});
  EXPECT_EQ(out.score, out.passed ? 1 : 0) << check;
  return out.passed;
}

Error refused(const std::string& checks) {
  const auto doc = json::Document::parse("{\"maester\":{\"checks\":" + checks + "}}");
  const auto out = compile(doc->root().get("maester").get("checks"));
  return out ? make_error(Code::internal, "compiled") : out.error();
}

TEST(Checks, ContainsDistinguishesCaseUnlessTold) {
  EXPECT_TRUE(passes(R"({"type":"contains","value":"Foo"})", "a Foo b"));
  EXPECT_FALSE(passes(R"({"type":"contains","value":"Foo"})", "a foo b"));
  EXPECT_TRUE(passes(R"({"type":"icontains","value":"FOO"})", "a foo b"));
  EXPECT_TRUE(passes(R"({"type":"icontains","value":"ÉTÉ"})", "un été"));
  EXPECT_TRUE(passes(R"({"type":"contains","value":0})", "10"));
  EXPECT_TRUE(passes(R"({"type":"not-contains","value":"x"})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"not_contains","value":"b"})", "abc"));
}

TEST(Checks, ContainsListsTakeAnyOrAll) {
  EXPECT_TRUE(passes(R"({"type":"contains-any","value":["x","b"]})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"contains-any","value":["x","B"]})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"icontains-any","value":["x","B"]})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"contains_all","value":["a","c"]})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"contains_all","value":["a","x"]})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"icontains_all","value":["A","C"]})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"contains-any","value":"x, \"b,c\""})", "ab,c"));
  EXPECT_FALSE(passes(R"({"type":"contains-any","value":"x, \"b,c\""})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"contains-all","value":"a,, b ,"})", "ab"));
  EXPECT_THAT(grade(R"({"type":"contains_all","value":["a","x","y"]})", {.output = "abc"}).reason,
              HasSubstr("\"x\", \"y\""));
}

TEST(Checks, EqualsComparesTextOrValue) {
  EXPECT_TRUE(passes(R"({"type":"equals","value":"ab"})", "ab"));
  EXPECT_FALSE(passes(R"({"type":"equals","value":"ab"})", "ab "));
  EXPECT_TRUE(passes(R"({"type":"equals","value":42})", "42"));
  EXPECT_FALSE(passes(R"({"type":"equals","value":42})", "42.0"));
  EXPECT_TRUE(passes(R"({"type":"equals","value":true})", "true"));
  EXPECT_TRUE(passes(R"({"type":"equals","value":{"a":1,"b":[2]}})", R"({"b":[2.0],"a":1})"));
  EXPECT_FALSE(passes(R"({"type":"equals","value":{"a":1}})", R"({"a":"1"})"));
  EXPECT_FALSE(passes(R"({"type":"equals","value":{"a":1}})", "not json"));
  EXPECT_TRUE(passes(R"({"type":"not-equals","value":{"a":1}})", "not json"));
  EXPECT_TRUE(passes(R"({"type":"equals","value":""})", ""));
}

TEST(Checks, StartsWithAndRegex) {
  EXPECT_TRUE(passes(R"({"type":"starts-with","value":"ab"})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"starts-with","value":"Ab"})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"regex","value":"b.$"})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"regex","value":"^b"})", "a\nb"));
  EXPECT_FALSE(passes(R"({"type":"regex","value":"B"})", "abc"));
  EXPECT_TRUE(passes(R"({"type":"not-regex","value":"^\\d+$"})", "12a"));
}

TEST(Checks, NonEmptyWantsMoreThanWhiteSpace) {
  EXPECT_TRUE(passes(R"({"type":"non_empty"})", " x "));
  EXPECT_FALSE(passes(R"({"type":"non_empty"})", ""));
  EXPECT_FALSE(passes(R"({"type":"non-empty"})", " \n\t\xc2\xa0"));
}

TEST(Checks, RequiredTermsScoreTheShareFound) {
  const Grade out =
      grade(R"({"type":"required_terms","value":["API","key","lost"]})", {.output = "The api KEY"});
  EXPECT_FALSE(out.passed);
  EXPECT_NEAR(out.score, 2.0 / 3, 1e-12);
  EXPECT_THAT(out.reason, HasSubstr("\"lost\""));
  EXPECT_TRUE(passes(R"({"type":"required_terms","value":["API","key"]})", "api key"));
}

TEST(Checks, MaxLengthCountsCodePointsAndScoresTheShareAllowed) {
  EXPECT_TRUE(passes(R"({"type":"max_length","value":3})", "\xc3\xa9\xf0\x9f\x98\x80x"));
  const Grade out = grade(R"({"type":"max_length","value":3})", {.output = "abcd"});
  EXPECT_FALSE(out.passed);
  EXPECT_EQ(out.score, 0.75);
  EXPECT_FALSE(passes(R"({"type":"max-length","value":0})", "a"));
}

TEST(Checks, JsonIsReadStrictlyAndMatchedAgainstItsSchema) {
  EXPECT_TRUE(passes(R"({"type":"is-json"})", "42"));
  EXPECT_FALSE(passes(R"({"type":"is-json"})", "{a:1}"));
  EXPECT_FALSE(passes(R"({"type":"is-json"})", "```json\n{}\n```"));
  const std::string schema =
      R"("value":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}})";
  EXPECT_TRUE(passes(R"({"type":"is-json",)" + schema, R"({"a":1})"));
  EXPECT_FALSE(passes(R"({"type":"is-json",)" + schema, R"({"a":"1"})"));
  EXPECT_TRUE(passes(R"({"type":"not-is-json",)" + schema, R"({"a":"1"})"));
  EXPECT_TRUE(passes(R"({"type":"not-is-json",)" + schema, "nonsense"));
  EXPECT_FALSE(passes(R"({"type":"json_schema",)" + schema, R"({"b":1})"));
  EXPECT_TRUE(passes(R"({"type":"is_json","value":"{\"type\":\"array\"}"})", "[]"));
  EXPECT_THAT(grade(R"({"type":"json_schema",)" + schema, {.output = R"({"a":null})"}).reason,
              HasSubstr("/a: must be integer"));
}

TEST(Checks, MeasuredValuesPassUpToTheirBound) {
  const Subject subject{
      .output = "x", .latency = milliseconds(200), .cost = *FemtoUsd::parse("0.000093")};
  EXPECT_TRUE(grade(R"({"type":"latency","threshold":200})", subject).passed);
  EXPECT_FALSE(grade(R"({"type":"latency_ms","threshold":199.9})", subject).passed);
  EXPECT_TRUE(grade(R"({"type":"latency_ms","value":200})", subject).passed);
  EXPECT_TRUE(grade(R"({"type":"cost","threshold":0.000093})", subject).passed);
  EXPECT_FALSE(grade(R"({"type":"cost_usd","threshold":0.000092999999999})", subject).passed);
  EXPECT_TRUE(grade(R"({"type":"not_cost_usd","threshold":"0.00001"})", subject).passed);
}

TEST(Checks, WhatWasNotMeasuredNeverPasses) {
  for (const char* check :
       {R"({"type":"latency","threshold":9})", R"({"type":"not-latency","threshold":9})",
        R"({"type":"cost","threshold":9,"weight":0})"}) {
    const Grade out = grade(check, {.output = "x"});
    EXPECT_FALSE(out.passed) << check;
    EXPECT_TRUE(out.error) << check;
    EXPECT_EQ(out.score, 0) << check;
  }
}

TEST(Checks, WordsAndFinishReason) {
  EXPECT_TRUE(passes(R"({"type":"word-count","value":3})", " a  b\nc "));
  EXPECT_TRUE(passes(R"({"type":"word-count","value":"3"})", "a b c"));
  EXPECT_FALSE(passes(R"({"type":"word-count","value":3})", "a b"));
  EXPECT_TRUE(passes(R"({"type":"word-count","value":{"min":2,"max":3}})", "a b c"));
  EXPECT_FALSE(passes(R"({"type":"word-count","value":{"min":2,"max":3}})", "a b c d"));
  EXPECT_FALSE(passes(R"({"type":"word-count","value":{"min":2}})", "a"));
  EXPECT_TRUE(
      grade(R"({"type":"finish-reason","value":"STOP"})", {.output = "", .finish_reason = "stop"})
          .passed);
  EXPECT_FALSE(
      grade(R"({"type":"finish-reason","value":"stop"})", {.output = "", .finish_reason = "length"})
          .passed);
  EXPECT_FALSE(passes(R"({"type":"finish_reason","value":"stop"})", "x"));
  EXPECT_TRUE(passes(R"({"type":"not_finish_reason","value":"stop"})", "x"));
}

TEST(Checks, LevenshteinCountsUtf16UnitsUpToItsThreshold) {
  EXPECT_TRUE(passes(R"({"type":"levenshtein","value":"kitten","threshold":3})", "sitting"));
  EXPECT_FALSE(passes(R"({"type":"levenshtein","value":"kitten","threshold":2})", "sitting"));
  EXPECT_TRUE(passes(R"({"type":"levenshtein","value":"abc"})", "abcdefgh"));
  EXPECT_FALSE(passes(R"({"type":"levenshtein","value":"abc"})", "abcdefghi"));
  EXPECT_TRUE(passes(R"({"type":"levenshtein","value":"","threshold":2})", "\xf0\x9f\x98\x80"));
  EXPECT_FALSE(passes(R"({"type":"levenshtein","value":"","threshold":1})", "\xf0\x9f\x98\x80"));
  EXPECT_TRUE(passes(R"({"type":"levenshtein","value":"abc","threshold":0})", "abc"));
  EXPECT_FALSE(passes(R"({"type":"levenshtein","value":"abc","threshold":0.75})", "abd"));
  EXPECT_TRUE(passes(R"({"type":"not-levenshtein","value":"abc","threshold":1})", "xyz"));
}

std::size_t full_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
      } else {
        d[i][j] = std::min(
            {d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), d[i - 1][j] + 1, d[i][j - 1] + 1});
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST(Checks, TheBandedDistanceAgreesWithTheFullMatrix) {
  SeededRandom random(3);
  const auto word = [&random] {
    std::string out;
    for (std::uint64_t n = random.below(9); n > 0; --n)
      out += static_cast<char>('a' + random.below(3));
    return out;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string a = word();
    const std::string b = word();
    const std::uint64_t limit = random.below(9);
    EXPECT_EQ(passes(R"({"type":"levenshtein","value":)" + json::quote(a) + R"(,"threshold":)" +
                         std::to_string(limit) + "}",
                     b),
              full_distance(a, b) <= limit)
        << a << " " << b << " " << limit;
  }
}

TEST(Checks, MistakesAreRefusedWithTheirPlaceAndNeverPass) {
  const Error unknown = refused(R"([{"type":"non_empty"},{"type":"contians","value":"x"}])");
  EXPECT_EQ(unknown.code, Code::invalid_request);
  EXPECT_EQ(unknown.param, "maester.checks[1].type");
  EXPECT_EQ(refused(R"([{"type":"contains","value":""}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"contains"}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"contains","value":["a"]}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"contains-any","value":[]}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"contains-any","value":["a",""]}])").param,
            "maester.checks[0].value[1]");
  EXPECT_EQ(refused(R"([{"type":"contains-any","value":"a, \"b"}])").param,
            "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"contains-any","value":"\"a\" b"}])").param,
            "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"regex","value":"("}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"j([{"type":"not_regex","value":"(?i)abc"}])j").param,
            "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"latency"}])").param, "maester.checks[0].threshold");
  EXPECT_EQ(refused(R"([{"type":"cost","threshold":"x"}])").param, "maester.checks[0].threshold");
  EXPECT_EQ(refused(R"([{"type":"word_count","value":{"min":3,"max":2}}])").param,
            "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"max_length"}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"is_json","value":{"typ":"object"}}])").param,
            "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"json_schema"}])").param, "maester.checks[0].value");
  EXPECT_EQ(refused(R"([{"type":"non_empty","on_fail":"ignore"}])").param,
            "maester.checks[0].on_fail");
  EXPECT_EQ(refused(R"([{"type":"non_empty","weight":-1}])").param, "maester.checks[0].weight");
  EXPECT_EQ(refused(R"([{"type":"non_empty","treshold":1}])").param, "maester.checks[0].treshold");
  EXPECT_EQ(refused(R"([{"value":"x"}])").param, "maester.checks[0].type");
  EXPECT_EQ(refused(R"(["non_empty"])").param, "maester.checks[0]");
  EXPECT_EQ(refused(R"({"type":"non_empty"})").param, "maester.checks");
  EXPECT_EQ(refused(R"([{"type":"not-not-contains","value":"x"}])").code, Code::invalid_request);
  std::string many = "[";
  for (int i = 0; i < 51; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"type":"non_empty"})");
  EXPECT_EQ(refused(many + "]").param, "maester.checks");
  EXPECT_EQ(refused("null").message, "compiled");
}

TEST(Evaluation, IsTheWeightedMeanAndFailsWithAnyFailure) {
  const auto checks = compiled(
      R"([{"type":"contains","value":"a","weight":3},{"type":"contains","value":"z","name":"has z","on_fail":"retry"}])");
  const Evaluation out = evaluate(checks, {.output = "abc"});
  EXPECT_FALSE(out.passed);
  EXPECT_EQ(out.reliability_score, 0.75);
  EXPECT_EQ(out.action(), OnFail::retry);
  EXPECT_EQ(out.metrics[1].name, "has z");
  EXPECT_TRUE(holds_back(checks));
  EXPECT_EQ(evaluate(checks, {.output = "az"}).action(), OnFail::record);
}

TEST(Evaluation, WeightZeroIsMeasuredAndNeverFails) {
  const auto checks = compiled(R"([{"type":"contains","value":"z","weight":0}])");
  const Evaluation out = evaluate(checks, {.output = "abc"});
  EXPECT_TRUE(out.passed);
  EXPECT_EQ(out.metrics[0].score, 0);
  EXPECT_EQ(out.reliability_score, 0);
  EXPECT_FALSE(holds_back(checks));
}

TEST(Evaluation, WithoutChecksPasses) {
  EXPECT_EQ(evaluate({}, {.output = ""}).status(), "pass");
  EXPECT_EQ(evaluate({}, {.output = ""}).reliability_score, 1);
}

TEST(Evaluation, IsWrittenAsTheContractHasIt) {
  const std::vector<CompiledCheck> checks = {non_empty(), required_terms({"a", "b", "z"}),
                                             max_length(2)};
  const Evaluation evaluation = evaluate(checks, {.output = "abc"});
  std::string out;
  json::Writer writer(out);
  append_evaluation(writer, evaluation);
  EXPECT_EQ(
      out,
      R"({"status":"fail","reliability_score":0.7778,"metrics":[)"
      R"({"name":"non_empty","score":1.0,"passed":true,"reason":null},)"
      R"({"name":"required_terms","score":0.6667,"passed":false,"reason":"Missing required terms: \"z\"."},)"
      R"({"name":"max_length","score":0.6667,"passed":false,"reason":"The output has 3 characters, 2 are allowed."}]})");
  EXPECT_EQ(format_score(0), "0.0");
  EXPECT_EQ(format_score(0.5), "0.5");
  EXPECT_EQ(format_score(1), "1.0");
  EXPECT_EQ(format_score(0.99996), "1.0");
}

}  // namespace
}  // namespace maester::checks
