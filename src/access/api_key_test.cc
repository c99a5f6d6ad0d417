#include "access/api_key.h"

#include <gtest/gtest.h>

namespace maester::access {
namespace {

TEST(ApiKey, AMintedKeyParsesAndHasItsParts) {
  SeededRandom random(1);
  const std::string key = mint_key(KeyKind::admin, random);
  const auto parsed = parse_key(key);
  ASSERT_TRUE(parsed) << key;
  EXPECT_EQ(parsed->kind, KeyKind::admin);
  EXPECT_EQ(parsed->id.size(), 12u);
  EXPECT_EQ(parsed->secret.size(), 43u);
  EXPECT_TRUE(key.starts_with("mst_a_"));
}

TEST(ApiKey, EveryChangedCharacterIsATypo) {
  SeededRandom random(2);
  const std::string key = mint_key(KeyKind::tenant, random);
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string changed = key;
    changed[i] = changed[i] == 'b' ? 'c' : 'b';
    EXPECT_FALSE(parse_key(changed)) << "position " << i;
  }
  EXPECT_FALSE(parse_key(key.substr(1)));
  EXPECT_FALSE(parse_key(key + "A"));
  EXPECT_FALSE(parse_key(""));
}

TEST(ApiKey, TwoKeysShareNothing) {
  SeededRandom random(3);
  const std::string a = mint_key(KeyKind::tenant, random);
  const std::string b = mint_key(KeyKind::tenant, random);
  EXPECT_NE(parse_key(a)->id, parse_key(b)->id);
  const HmacSha256 pepper("pepper");
  EXPECT_NE(key_digest(pepper, *parse_key(a)), key_digest(pepper, *parse_key(b)));
  EXPECT_NE(key_digest(pepper, *parse_key(a)), key_digest(HmacSha256("other"), *parse_key(a)));
  EXPECT_NE(key_number(parse_key(a)->id), key_number(parse_key(b)->id));
}

TEST(ApiKey, MintedAgainItKeepsItsIdAndNothingElse) {
  SeededRandom random(4);
  const std::string a = mint_key(KeyKind::tenant, random);
  const std::string b = mint_again(KeyKind::tenant, parse_key(a)->id, random);
  EXPECT_EQ(parse_key(a)->id, parse_key(b)->id);
  EXPECT_NE(parse_key(a)->secret, parse_key(b)->secret);
}

}  // namespace
}  // namespace maester::access
