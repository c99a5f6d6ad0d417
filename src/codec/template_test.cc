#include "codec/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace maester {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Values = std::map<std::string, std::string, std::less<>>;

Template::Lookup from(const Values& values) {
  return [&values](std::string_view name) -> std::optional<std::string_view> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

std::string rendered(const std::string& source, const Values& values) {
  const auto parsed = Template::parse(source);
  if (!parsed) return "error: " + parsed.error().message;
  const auto out = parsed->render(from(values));
  return out ? *out : "error: " + out.error().message;
}

TEST(Template, ReplacesNamesAndUnescapesBraces) {
  EXPECT_EQ(rendered("Hi {name}, {{not}} {a.b-c_1}{name}", {{"name", "X"}, {"a.b-c_1", "Y"}}),
            "Hi X, {not} YX");
  EXPECT_EQ(rendered("", {}), "");
  EXPECT_EQ(rendered("{{{x}}}", {{"x", "1"}}), "{1}");
  EXPECT_EQ(rendered("{{}}", {}), "{}");
}

TEST(Template, AValueIsNeverLookedAtAgain) {
  EXPECT_EQ(rendered("{a}{b}", {{"a", "{b}{{"}, {"b", "}} {a}"}}), "{b}{{}} {a}");
}

TEST(Template, VariablesStandInOrderOfFirstUse) {
  EXPECT_THAT(Template::parse("{b}{a}{b}{c}")->variables(), ElementsAre("b", "a", "c"));
}

TEST(Template, NamesEveryMissingVariable) {
  const auto out = Template::parse("{b} {a} {c}")->render(from({{"a", "1"}}));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::missing_variable);
  EXPECT_EQ(out.error().param, "b");
  EXPECT_EQ(out.error().message, "The prompt needs a value for `b`, `c`.");
}

TEST(Template, LoneBracesAreRefusedWithTheirPosition) {
  const auto message = [](const char* source) {
    const auto parsed = Template::parse(source);
    EXPECT_FALSE(parsed) << source;
    if (parsed) return std::string();
    EXPECT_EQ(parsed.error().code, Code::unprocessable);
    return parsed.error().message;
  };
  EXPECT_EQ(message("a\nb \xc3\xa9 }x"),
            "The template has a lone `}` at line 2, column 5: write `}}` for a brace.");
  EXPECT_THAT(message("{"), HasSubstr("a lone `{` at line 1, column 1"));
  EXPECT_THAT(message("ab {name"), HasSubstr("a lone `{` at line 1, column 4"));
  EXPECT_THAT(message("{a{b}"), HasSubstr("a lone `{` at line 1, column 1"));
  EXPECT_THAT(message("{a\n}"), HasSubstr("a lone `{` at line 1, column 1"));
  EXPECT_THAT(message("x{}"), HasSubstr("an empty name at line 1, column 2"));
  EXPECT_THAT(message("{1a}"), HasSubstr("a malformed name"));
  EXPECT_THAT(message("{a b}"), HasSubstr("a malformed name"));
  EXPECT_THAT(message("{ a }"), HasSubstr("a malformed name"));
  EXPECT_THAT(message("{\"json\": 1}"), HasSubstr("a malformed name"));
  EXPECT_THAT(message(("{" + std::string(65, 'a') + "}").c_str()), HasSubstr("more than 64"));
  EXPECT_THAT(message("{{{x}}"), HasSubstr("a lone `}` at line 1, column 6"));
  EXPECT_TRUE(Template::parse("{" + std::string(64, 'a') + "}"));
}

TEST(Template, EscapingAnyTextGivesThatText) {
  SeededRandom random(11);
  static constexpr std::string_view kAlphabet = "{}ab1 \n._-";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(20); n > 0; --n)
      text += kAlphabet[random.below(kAlphabet.size())];
    std::string escaped;
    for (const char c : text) escaped.append(c == '{' || c == '}' ? 2 : 1, c);
    EXPECT_EQ(rendered(escaped, {}), text);
    EXPECT_EQ(rendered(escaped + "{v}" + escaped, {{"v", text}}), text + text + text);
  }
}

TEST(Template, BoundsWhatManyUsesOfOneValueAddUpTo) {
  const auto parsed = Template::parse("{a}{a}{a}{a}");
  ASSERT_TRUE(parsed);
  const std::string big(1000, 'x');
  const Template::Lookup lookup = [&](std::string_view) {
    return std::optional<std::string_view>(big);
  };
  EXPECT_TRUE(parsed->render(lookup, 4000));
  const auto refused = parsed->render(lookup, 3999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
}

}  // namespace
}  // namespace maester
