#include "access/authenticator.h"

#include <gtest/gtest.h>

#include "access/api_key.h"

namespace maester::access {
namespace {

constexpr std::string_view kKey = "team-a-0123456789abcdef";

class AuthenticatorTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(keys_.add(kKey, "team-a", "acme", Role::member)); }
  Authenticator keys_{false};
  Authenticator dev_{true};
};

TEST_F(AuthenticatorTest, AKnownKeyIsItsPrincipalInEitherHeader) {
  for (const auto& [bearer, x_key] :
       {std::pair<std::string, std::string>{"Bearer team-a-0123456789abcdef", ""},
        {"", std::string(kKey)},
        {"bearer team-a-0123456789abcdef", std::string(kKey)}}) {
    const auto principal = keys_.authenticate(bearer, x_key);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->tenant, "acme");
    EXPECT_EQ(principal->key_id, "team-a");
    EXPECT_EQ(principal->role, Role::member);
  }
}

TEST_F(AuthenticatorTest, UnknownMissingAndMalformedAreTheSameError) {
  const Error missing = keys_.authenticate("", "").error();
  EXPECT_EQ(missing.code, Code::unauthenticated);
  for (const char* header : {"Bearer wrong-key-wrong-key-wrong", "Bearer ", "Basic dGVhbS1h",
                             "Bearer team-a-0123456789abcdeF"}) {
    EXPECT_EQ(keys_.authenticate(header, "").error(), missing) << header;
  }
}

TEST_F(AuthenticatorTest, TwoDifferentCredentialsAreRefused) {
  const auto both = keys_.authenticate("Bearer team-a-0123456789abcdef", "another-key-another-key");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Code::invalid_request);
}

TEST_F(AuthenticatorTest, DevelopmentModeIgnoresForeignKeysAndVerifiesOurs) {
  for (const char* header : {"", "Bearer sk-anything", "Bearer x"}) {
    const auto principal = dev_.authenticate(header, "");
    ASSERT_TRUE(principal) << header;
    EXPECT_EQ(principal->key_id, "dev");
    EXPECT_TRUE(principal->manages_all_tenants());
  }
  SeededRandom random(4);
  const std::string stranger = mint_key(KeyKind::admin, random);
  EXPECT_EQ(dev_.authenticate("Bearer " + stranger, "").error().code, Code::unauthenticated);
  EXPECT_EQ(dev_.authenticate("Bearer mst_nonsense", "").error().code, Code::unauthenticated);
}

TEST_F(AuthenticatorTest, AWeakOrDoubleKeyIsRefusedWithoutBeingShown) {
  const auto weak = keys_.add("short", "weak", "acme", Role::viewer);
  ASSERT_FALSE(weak);
  EXPECT_EQ(weak.error().message.find("short"), weak.error().message.find("shorter"));
  EXPECT_EQ(keys_.add(kKey, "again", "acme", Role::viewer).error().code, Code::conflict);
  EXPECT_FALSE(keys_.add("mst_k_0123456789abcdef", "typo", "acme", Role::viewer));
}

}  // namespace
}  // namespace maester::access
