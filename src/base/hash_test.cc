#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"

namespace maester {
namespace {

TEST(Sha256, MatchesTheStandardsVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 3720, appendix B.4.
TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
}

TEST(Crc32c, GoesOnFromASeedWhereverItIsCut) {
  SeededRandom random(1);
  std::string bytes(100, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))), crc32c(bytes)) << cut;
  }
}

// Bit by bit, as the polynomial is defined.
std::uint32_t crc32c_by_bits(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

TEST(Crc32c, IsTheSameForEveryLengthAndCutOfLongBytes) {
  SeededRandom random(2);
  std::string bytes(1200, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const std::string_view all = bytes;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    ASSERT_EQ(crc32c(all.substr(0, size)), crc32c_by_bits(all.substr(0, size))) << size;
    ASSERT_EQ(crc32c(all.substr(size), crc32c(all.substr(0, size))), crc32c(all)) << size;
  }
}

TEST(EqualConstantTime, AnEmptySecretEqualsNothing) {
  EXPECT_TRUE(equal_constant_time("key", "key"));
  EXPECT_FALSE(equal_constant_time("key", "kex"));
  EXPECT_FALSE(equal_constant_time("key", "keyy"));
  EXPECT_FALSE(equal_constant_time("", ""));
}

TEST(Hex, ReadsWhatItWritesInEitherCase) {
  const Sha256 hash = sha256("x");
  Sha256 back{};
  const std::string text = hex_encode(hash);
  ASSERT_TRUE(hex_decode(text, back));
  EXPECT_EQ(back, hash);
  std::array<std::uint8_t, 2> two{};
  EXPECT_TRUE(hex_decode("aBCd", two));
  EXPECT_EQ(two, (std::array<std::uint8_t, 2>{0xab, 0xcd}));
}

TEST(Hex, RefusesOtherLengthsAndDigits) {
  std::array<std::uint8_t, 2> two{};
  for (const char* bad : {"", "abc", "abcde", "abcg", "0x12", "ab c"}) {
    EXPECT_FALSE(hex_decode(bad, two)) << bad;
  }
}

}  // namespace
}  // namespace maester
