#include "codec/schema_formats.h"

#include <gtest/gtest.h>

#include "codec/json_schema.h"
#include "codec/json_writer.h"

namespace maester {
namespace {

bool fits(std::string_view format, const std::string& json) {
  JsonSchema::Options options;
  options.assert_formats = true;
  const auto schema =
      JsonSchema::compile(R"({"format":")" + std::string(format) + R"("})", options);
  EXPECT_TRUE(schema) << format;
  const auto document = json::Document::parse(json);
  EXPECT_TRUE(document) << json;
  return schema->validate(document->root()).valid;
}

struct Case {
  const char *format, *good, *bad;  // texts, parted by |
};

// What ajv-formats 3.0.1 says of them.
constexpr Case kCases[] = {
    {"date", "2024-02-29|1999-12-31", "2023-02-29|2024-13-01|24-01-01|2024-1-1|2024-01-01T"},
    {"time", "12:30:00Z|23:59:60Z|01:00:00.5+02:00|01:29:60+01:30", "12:30:00|24:00:00Z|12:60:00Z"},
    {"date-time", "2024-01-01T00:00:00Z|2024-01-01 00:00:00+01:00",
     "2024-01-01|2024-01-01T00:00:00"},
    {"iso-time", "12:30:00", "12:30"},
    {"duration", "P1D|PT5M|P1Y2M3DT4H5M6S|P2W", "P|PT|P1H|1D|P1W2D|P1DT|P1D2Y"},
    {"email", "a@b.co|a.b+c@d-e.org", "a|@b.co|a@b|a..b@c.de|.a@b.co|a@-b.co|a b@c.de"},
    {"hostname", "a.b|localhost|x-1.example.", "-a|a..b|a_b|"},
    {"ipv4", "1.2.3.4|255.255.255.255", "1.2.3|256.1.1.1|1.2.3.4.5|01.2.3.4"},
    {"ipv6", "::|::1|2001:db8::1|1:2:3:4:5:6:7:8|::ffff:1.2.3.4|1::",
     "1:2:3|1::2::3|12345::|1:2:3:4:5:6:7:8:9|:1|1:"},
    {"uri", "https://a.b/c?d=e#f|urn:x:y|mailto:a@b.c", "a/b|//a|http://a b|http://a/%zz"},
    {"uri-reference", "/a|../b?c|#d", "a b|%g0"},
    {"uri-template", "http://a/{b}/c{?d}", "http://a/{b|http://a/}b{"},
    {"url", "https://example.com/a", "https://localhost|mailto:a@b.c|ssh://a.b"},
    {"uuid", "123e4567-e89b-12d3-a456-426614174000|urn:uuid:123e4567-e89b-12d3-a456-426614174000",
     "123e4567e89b12d3a456426614174000|123e4567-e89b-12d3-a456-42661417400g"},
    {"json-pointer", "|/a/b~0~1", "a|/~2|/~"},
    {"json-pointer-uri-fragment", "#|#/a", "/a|a"},
    {"relative-json-pointer", "0#|1/a|0", "01|#|-1/a"},
    {"regex", "^a+$", "(|["},
    {"byte", "aGk=|aGVsbG8h|", "a|aGk|a=Gk"},
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '|')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

TEST(SchemaFormats, AcceptsWhatFitsAndRefusesTheRest) {
  for (const Case& one : kCases) {
    for (const std::string& text : split(one.good))
      EXPECT_TRUE(fits(one.format, json::quote(text))) << one.format << " " << text;
    for (const std::string& text : split(one.bad))
      EXPECT_FALSE(fits(one.format, json::quote(text))) << one.format << " " << text;
    EXPECT_TRUE(fits(one.format, "7")) << one.format << " speaks of texts only";
  }
  EXPECT_TRUE(fits("int32", "2147483647"));
  EXPECT_FALSE(fits("int32", "2147483648"));
  EXPECT_FALSE(fits("int64", "1.5"));
}

TEST(SchemaFormats, AreAnnotationsUnlessAsserted) {
  const auto schema = JsonSchema::compile(R"({"format":"date"})", {});
  ASSERT_TRUE(schema);
  EXPECT_TRUE(schema->validate(json::Document::parse("\"x\"")->root()).valid);
  JsonSchema::Options options;
  options.assert_formats = true;
  EXPECT_FALSE(JsonSchema::compile(R"({"format":"nosuch"})", options));
}

}  // namespace
}  // namespace maester
