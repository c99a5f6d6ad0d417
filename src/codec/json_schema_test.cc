#include "codec/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "codec/decimal.h"

namespace maester {
namespace {

using testing::HasSubstr;

JsonSchema compiled(std::string_view text, const JsonSchema::Options& options = {}) {
  auto out = JsonSchema::compile(text, options);
  EXPECT_TRUE(out) << text << ": " << (out ? "" : out.error().message);
  return out ? *out : *JsonSchema::compile("false");
}

std::string verdict(std::string_view schema, std::string_view instance,
                    const JsonSchema::Options& options = {}) {
  const auto document = json::Document::parse(instance);
  const ValidationResult result = compiled(schema, options).validate(document->root());
  if (result.valid != result.failures.empty()) return "contradiction";
  return result.valid ? "valid" : result.failures.front().to_string();
}

std::string refusal(std::string_view schema, const JsonSchema::Options& options = {}) {
  const auto out = JsonSchema::compile(schema, options);
  return out ? "compiled" : out.error().message;
}

TEST(JsonSchema, AFailureNamesThePathAndWhatIsWrong) {
  const char* schema =
      R"({"properties":{"a":{"items":{"type":"integer"}},"x/y~":{"maxLength":2}}})";
  EXPECT_EQ(verdict(schema, R"({"a":["x"]})"), "/a/0: must be integer");
  EXPECT_EQ(verdict(schema, R"({"a":[1,2.0,2.5]})"), "/a/2: must be integer");
  EXPECT_EQ(verdict(schema, R"({"x/y~":"abc"})"), "/x~1y~0: must have at most 2 characters");
  EXPECT_EQ(verdict(R"({"required":["k"]})", "{}"), "must have property 'k'");
  EXPECT_EQ(verdict(R"({"additionalProperties":false})", R"({"z":1})"),
            "must not have the property 'z'");
}

TEST(JsonSchema, NumbersAreComparedExactly) {
  EXPECT_EQ(verdict(R"({"multipleOf":0.01})", "19.99"), "valid");
  EXPECT_EQ(verdict(R"({"multipleOf":0.01})", "19.999"), "must be a multiple of 0.01");
  EXPECT_EQ(verdict(R"({"maximum":9007199254740992})", "9007199254740993"),
            "must be <= 9007199254740992");
  EXPECT_EQ(verdict(R"({"const":1.0})", "10e-1"), "valid");
  EXPECT_EQ(verdict(R"({"enum":[18446744073709551617]})", "18446744073709551616"),
            "must be one of the allowed values");
  EXPECT_EQ(verdict(R"({"type":"integer"})", "1e400"), "valid");
  EXPECT_EQ(verdict(R"({"multipleOf":3})", "1e999999999999"), "must be a multiple of 3");
}

TEST(JsonSchema, MalformedSchemasAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal(R"({"properties":{"a":{"type":"strng"}}})"),
            "The schema's `properties.a.type` names no type.");
  EXPECT_THAT(refusal(R"({"minLength":-1})"), HasSubstr("`minLength` must be an integer from 0"));
  EXPECT_THAT(refusal(R"({"allOf":[]})"), HasSubstr("`allOf` must be an array of at least one"));
  EXPECT_THAT(refusal(R"({"multipleOf":0})"), HasSubstr("greater than 0"));
  EXPECT_THAT(refusal(R"({"items":[]})"), HasSubstr("`items` must be an object or a boolean"));
  EXPECT_THAT(refusal("7"), HasSubstr("root must be an object"));
  EXPECT_THAT(refusal("{"), HasSubstr("line 1, column 2"));
  EXPECT_THAT(refusal(R"({"type":"string","type":"null"})"), HasSubstr("twice"));
  EXPECT_THAT(refusal(R"({"$schema":"http://json-schema.org/draft-04/schema#"})"),
              HasSubstr("is not known"));
  EXPECT_EQ(refusal(R"({"typ":"string"})"), "compiled");
  EXPECT_THAT(refusal(R"({"typ":"string"})", {.documents = {}, .refuse_unknown_keywords = true}),
              HasSubstr("`typ` is an unknown keyword"));
}

TEST(JsonSchema, ReferencesToOtherDocumentsAreGivenAndNeverFetched) {
  EXPECT_THAT(refusal(R"({"$ref":"http://example.com/x.json"})"), HasSubstr("nothing is fetched"));
  EXPECT_THAT(refusal(R"({"$ref":"#/$defs/none"})"), HasSubstr("leads nowhere"));
  JsonSchema::Options options;
  options.documents["http://example.com/x.json"] = R"({"$defs":{"n":{"type":"null"}}})";
  EXPECT_EQ(verdict(R"({"$ref":"http://example.com/x.json#/$defs/n"})", "1", options),
            "must be null");
}

TEST(JsonSchema, PatternsThatCannotRunInLinearTimeAreRefused) {
  EXPECT_THAT(refusal(R"j({"pattern":"^(?!x)"})j"),
              HasSubstr("`^(?!x)` cannot be used: it has look-ahead"));
  EXPECT_THAT(refusal(R"j({"pattern":"(a)\\1"})j"), HasSubstr("back-reference"));
  EXPECT_EQ(verdict(R"j({"pattern":"^(a+)+$"})j", "\"" + std::string(5000, 'a') + "b\""),
            "must match its pattern");
}

TEST(JsonSchema, AReferenceWithoutEndIsNotFollowedForever) {
  EXPECT_THAT(verdict(R"({"$ref":"#"})", "1"), HasSubstr("never ends"));
  EXPECT_THAT(verdict(R"({"not":{"$ref":"#"}})", "1"), HasSubstr("never ends"));
  EXPECT_THAT(verdict(R"({"anyOf":[{"$ref":"#"},true]})", "1"), HasSubstr("never ends"));
}

TEST(JsonSchema, ReferencesThatDoubleAtEveryLevelAreCutOff) {
  std::string schema = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 60; ++i) {
    const std::string next = R"({"$ref":"#/$defs/d)" + std::to_string(i + 1) + "\"}";
    schema += "\"d" + std::to_string(i) + R"(":{"allOf":[)" + next + "," + next + "]},";
  }
  schema += R"("d60":true}})";
  EXPECT_THAT(verdict(schema, "1", {.documents = {}, .max_steps = 100'000}),
              HasSubstr("more work"));
  // Running out must not turn into "valid" under a `not`.
  EXPECT_THAT(
      verdict(R"({"not":{"$ref":"x"}})", "1", {.documents = {{"x", schema}}, .max_steps = 100'000}),
      HasSubstr("more work"));
}

TEST(Decimal, OrdersAndDividesExactly) {
  using json::Decimal;
  const auto d = [](const char* text) { return Decimal::parse(text); };
  EXPECT_EQ(d("1.50"), d("15e-1"));
  EXPECT_EQ(d("-0.0"), d("0"));
  EXPECT_LT(d("-2"), d("-1.9"));
  EXPECT_LT(d("9.99"), d("10"));
  EXPECT_LT(d("-1e5"), d("0"));
  EXPECT_GT(d("1e-400"), d("0"));
  EXPECT_EQ(d("12e30").multiple_of(d("4")), true);
  EXPECT_EQ(d("0.3").multiple_of(d("0.1")), true);
  EXPECT_EQ(d("0.35").multiple_of(d("0.1")), false);
  EXPECT_EQ(d("-9").multiple_of(d("3")), true);
  EXPECT_EQ(d("10").multiple_of(d("100")), false);
  EXPECT_EQ(d("1e308").multiple_of(d("0.123456789")), false);
  EXPECT_EQ(d("1e999999999").multiple_of(d("7")), std::nullopt);
  EXPECT_EQ(d("1e999999999").multiple_of(d("8")), true);
  EXPECT_EQ(d("-0.05").to_string(), "-0.05");
  EXPECT_EQ(d("1200").to_string(), "1200");
  EXPECT_EQ(d("1e30").to_string(), "1e30");
}

}  // namespace
}  // namespace maester
