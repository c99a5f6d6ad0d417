#include "app/config_references.h"

#include <gtest/gtest.h>

namespace maester::app {
namespace {

constexpr std::string_view kText = R"toml(# ü before
[[providers]]
name = "a"  # comment stays
kind = "openai"
api_keys = ["sk-literal-1", "${env:KEY}", """sk-lit
eral-2"""]
[[keys]]
name = "ü"
key = 'literal-key-0000000001'
[[keys]]
name = "b"
key = "prefix-${env:KEY}"
)toml";

TEST(MaskSecrets, ReplacesLiteralsInPlaceAndNothingElse) {
  const auto masked = mask_secrets(kText);
  ASSERT_TRUE(masked.has_value()) << masked.error().message;
  EXPECT_EQ(*masked, R"toml(# ü before
[[providers]]
name = "a"  # comment stays
kind = "openai"
api_keys = ["(secret)", "${env:KEY}", "(secret)"]
[[keys]]
name = "ü"
key = "(secret)"
[[keys]]
name = "b"
key = "(secret)"
)toml");
}

TEST(MaskSecrets, ShowsNothingOfATextThatCannotBeRead) {
  EXPECT_FALSE(mask_secrets("key = \"secret\n").has_value());
  EXPECT_FALSE(mask_secrets("\xff").has_value());
}

TEST(ForeignReferences, StayWhereTheyAre) {
  EXPECT_TRUE(foreign_references(kText, kText, "f").empty());
  EXPECT_TRUE(foreign_references("listen = \"127.0.0.1:1\"", kText, "f").empty());
  const auto moved = foreign_references(
      "[[providers]]\nname=\"x\"\nkind=\"openai\"\nbase_url=\"https://evil.example/\"\n"
      "api_key=\"${env:KEY}\"\n",
      kText, "f");
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].place.line, 5u);
  EXPECT_EQ(foreign_references("listen = \"${env:KEY}\"", kText, "f").size(), 1u);
  EXPECT_EQ(foreign_references("egress = { ca_file = \"/etc/shadow\" }", kText, "f").size(), 1u);
}

TEST(ForeignReferences, AMaskIsNoSecret) {
  EXPECT_EQ(foreign_references(*mask_secrets(kText), kText, "f").size(), 4u);
}

}  // namespace
}  // namespace maester::app
