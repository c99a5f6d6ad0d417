#include "access/api_key.h"

#include <array>
#include <cstdint>
#include <span>

#include "access/key_crc.h"

namespace maester::access {
namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kIdLength = 12;
constexpr std::size_t kSecretLength = 43;
constexpr std::size_t kCrcLength = 6;
constexpr std::size_t kLength = 4 + 1 + 1 + kIdLength + 1 + kSecretLength + kCrcLength;

// The value of each character in an alphabet, -1 outside it.
constexpr std::array<std::int8_t, 256> values_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto kBase32Values = values_of(kBase32);
constexpr auto kBase64Values = values_of(kBase64Url);

bool made_of(std::string_view text, const std::array<std::int8_t, 256>& values) {
  int all = 0;
  for (const char c : text) all |= values[static_cast<unsigned char>(c)];
  return all >= 0;
}

}  // namespace

std::string key_crc(std::string_view body) {
  std::uint64_t crc = crc32c(body);
  std::string out;
  for (std::size_t i = 0; i < kCrcLength; ++i, crc >>= 6) out += kBase64Url[crc & 63];
  return out;
}

std::string mint_key(KeyKind kind, Random& random) {
  std::uint64_t bits = random.next_u64();
  std::string id;
  for (std::size_t i = 0; i < kIdLength; ++i, bits >>= 5) id += kBase32[bits & 31];
  return mint_again(kind, id, random);
}

std::string mint_again(KeyKind kind, std::string_view id, Random& random) {
  std::array<std::uint8_t, 33> secret{};  // 32 bytes, and a zero that pads the last group
  random.fill(std::as_writable_bytes(std::span(secret).first(32)));
  std::string key(kKeyPrefix);
  key += static_cast<char>(kind);
  key.append("_").append(id).append("_");
  for (std::size_t i = 0, made = 0; made < kSecretLength; i += 3) {
    const std::uint32_t group =
        std::uint32_t{secret[i]} << 16 | std::uint32_t{secret[i + 1]} << 8 | secret[i + 2];
    for (int shift = 18; shift >= 0 && made < kSecretLength; shift -= 6, ++made) {
      key += kBase64Url[(group >> shift) & 63];
    }
  }
  return key + key_crc(key);
}

std::optional<ParsedKey> parse_key(std::string_view text) {
  if (text.size() != kLength || !text.starts_with(kKeyPrefix)) return std::nullopt;
  const char kind = text[4];
  if (kind != 'k' && kind != 'a') return std::nullopt;
  if (text[5] != '_' || text[6 + kIdLength] != '_') return std::nullopt;
  const ParsedKey key{static_cast<KeyKind>(kind), text.substr(6, kIdLength),
                      text.substr(7 + kIdLength, kSecretLength)};
  if (!made_of(key.id, kBase32Values) || !made_of(key.secret, kBase64Values)) return std::nullopt;
  const std::string_view body = text.substr(0, kLength - kCrcLength);
  if (key_crc(body) != text.substr(kLength - kCrcLength)) return std::nullopt;
  return key;
}

std::uint64_t key_number(std::string_view id) {
  std::uint64_t number = 0;
  for (const char c : id)
    number = number << 5 | static_cast<std::uint64_t>(kBase32Values[static_cast<unsigned char>(c)]);
  return number;
}

Sha256 key_digest(const HmacSha256& pepper, const ParsedKey& key) {
  const char kind = static_cast<char>(key.kind);
  return pepper.of({"mst/key/v1", std::string_view(&kind, 1), key.id, key.secret});
}

}  // namespace maester::access
