// API keys: `mst_` + kind + `_` + key id (12 characters of base32, public) + `_` + secret (32
// random bytes as 43 characters of base64url) + 6 characters of CRC-32C, so that typos and secret
// scanners need no look-up (RULES.md §1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/hmac.h"
#include "base/random.h"

namespace maester::access {

enum class KeyKind : char { tenant = 'k', admin = 'a' };

struct ParsedKey {
  KeyKind kind;
  std::string_view id;  // view into the parsed text
  std::string_view secret;
};

inline constexpr std::string_view kKeyPrefix = "mst_";

// Draws from the system's CSPRNG. REQUIRES: `random` is cryptographic.
std::string mint_key(KeyKind kind, Random& random);
// The same key id with another secret.
std::string mint_again(KeyKind kind, std::string_view id, Random& random);
// Nullopt for anything malformed, the CRC included.
std::optional<ParsedKey> parse_key(std::string_view text);
// The key id as a number, for look-ups. REQUIRES: `id` is of a parsed key.
std::uint64_t key_number(std::string_view id);
// What is stored and compared: HMAC-SHA-256(pepper, "mst/key/v1" || kind || id || secret).
Sha256 key_digest(const HmacSha256& pepper, const ParsedKey& key);

}  // namespace maester::access
