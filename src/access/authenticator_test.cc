#include "access/authenticator.h"

#include <gtest/gtest.h>

#include "access/api_key.h"
#include "base/random.h"

namespace maester::access {
namespace {

constexpr std::string_view kKey = "team-a-0123456789abcdef";

class AuthenticatorTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto view = std::make_shared<KeyView>();
    view->peppers[1] = std::make_shared<const HmacSha256>("pepper");
    Key key;
    key.id = "team-a";
    key.principal = {"acme", "team-a", Role::member, nullptr, {}};
    view->given.emplace(sha256(kKey), std::make_shared<const Key>(std::move(key)));
    keys_ = std::make_unique<runtime::Published<KeyView>>(view, 1);
  }

  // On a core, as in the server.
  Result<Principal> authenticate(wire::Headers headers, bool dev = false) {
    const Authenticator authenticator(*keys_, clock_, metrics_, dev);
    Result<Principal> out = fail(Code::internal, "did not run");
    runtime::Core core(0, clock_, random_);
    core.post([&] {
      out = authenticator.authenticate(headers, "127.0.0.1");
      core.stop();
    });
    core.run();
    return out;
  }
  std::uint64_t refused(std::string_view reason) {
    return metrics_.counter("maester_auth_refused_total", "", {{"reason", std::string(reason)}})
        .value();
  }

  SystemClock clock_;
  SeededRandom random_{4};
  obs::Registry metrics_;
  std::unique_ptr<runtime::Published<KeyView>> keys_;
};

TEST_F(AuthenticatorTest, AKnownKeyIsItsPrincipalInEitherHeader) {
  for (const wire::Headers& headers :
       {wire::Headers{{"Authorization", "Bearer team-a-0123456789abcdef"}},
        wire::Headers{{"x-api-key", std::string(kKey)}},
        wire::Headers{{"authorization", "bearer  team-a-0123456789abcdef"},
                      {"X-Api-Key", std::string(kKey)}}}) {
    const auto principal = authenticate(headers);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->tenant, "acme");
    EXPECT_EQ(principal->key_id, "team-a");
    EXPECT_EQ(principal->role, Role::member);
  }
}

TEST_F(AuthenticatorTest, WhateverIsWrongTheErrorIsTheSameAndItIsCounted) {
  const Error missing = authenticate({}).error();
  EXPECT_EQ(missing.code, Code::unauthenticated);
  EXPECT_EQ(refused("missing"), 1u);
  for (const char* value : {"Bearer wrong-key-wrong-key-wrong", "Bearer ", "Basic dGVhbS1h",
                            "Bearer team-a-0123456789abcdeF", "Bearer mst_nonsense"})
    EXPECT_EQ(authenticate({{"authorization", value}}).error(), missing) << value;
  EXPECT_EQ(
      authenticate({{"authorization", "Bearer " + mint_key(KeyKind::admin, random_)}}).error(),
      missing);
  EXPECT_EQ(refused("unknown"), 3u);
  EXPECT_EQ(refused("malformed"), 1u);
}

TEST_F(AuthenticatorTest, TwoDifferentCredentialsAreRefusedWhereverTheyStand) {
  const std::string good(kKey);
  for (const wire::Headers& headers :
       {wire::Headers{{"authorization", "Bearer " + good},
                      {"x-api-key", "another-key-another-key"}},
        wire::Headers{{"x-api-key", good}, {"x-api-key", "another-key-another-key"}},
        wire::Headers{{"authorization", "Bearer " + good}, {"authorization", "Bearer other"}}})
    EXPECT_EQ(authenticate(headers).error().code, Code::invalid_request);
}

TEST_F(AuthenticatorTest, DevelopmentModeIgnoresForeignKeysAndVerifiesOurs) {
  for (const char* value : {"", "Bearer sk-anything", "Bearer x"}) {
    const auto principal = authenticate({{"authorization", value}}, true);
    ASSERT_TRUE(principal) << value;
    EXPECT_EQ(principal->key_id, "dev");
    EXPECT_TRUE(principal->manages_all_tenants());
  }
  for (const std::string& ours : {mint_key(KeyKind::admin, random_), std::string("mst_nonsense")})
    EXPECT_EQ(authenticate({{"x-api-key", ours}}, true).error().code, Code::unauthenticated);
}

}  // namespace
}  // namespace maester::access
