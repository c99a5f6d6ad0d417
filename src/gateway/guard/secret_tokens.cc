#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"
#include "gateway/guard/randomness.h"
#include "gateway/guard/secret_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxJwt = 4096;
constexpr std::size_t kMaxRandom = 256;

constexpr auto kContext = std::to_array<std::string_view>({"key",
                                                           "keys",
                                                           "secret",
                                                           "secrets",
                                                           "token",
                                                           "tokens",
                                                           "credential*",
                                                           "passwor*",
                                                           "passwd",
                                                           "passphrase",
                                                           "bearer",
                                                           "apikey",
                                                           "auth*",
                                                           "signature",
                                                           "kennwort",
                                                           "passwort",
                                                           "schl\xc3\xbcssel",
                                                           "clave",
                                                           "contrase*",
                                                           "mot de passe",
                                                           "private",
                                                           "access"});

std::size_t segment(const Source& source, std::size_t at) {
  std::size_t n = 0;
  while (n < kMaxJwt && is(source.at(at + n), kToken)) ++n;
  return n;
}

bool base64_byte(int byte) {
  return is_alnum(byte) || byte == '+' || byte == '/' || byte == '=';
}

}  // namespace

// RFC 7519: three parts of base64url; the first two are JSON objects, so begin with `{"` = eyJ.
Found match_jwt(const Source& source, std::size_t at) {
  constexpr std::string_view kObject = "eyJ";
  std::size_t pos = at;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && source.at(pos++) != '.') return {};
    if (part < 2) {
      for (std::size_t i = 0; i < kObject.size(); ++i) {
        if (source.at(pos + i) != kObject[i]) return {};
      }
    }
    const std::size_t n = segment(source, pos);
    if (n < (part == 2 ? 16u : 8u)) return {};
    pos += n;
  }
  return {pos - at, "jwt"};
}

// 40 bytes of base64 that are no digest are an AWS secret key; any other string must be told to be
// a secret by what stands before it.
Found match_random(const Source& source, std::size_t at) {
  if (source.before(at) == '+' || source.before(at) == '/') return {};  // inside of one
  std::size_t n = 0;
  bool base64 = true;
  while (n <= kMaxRandom) {
    const int byte = source.at(at + n);
    if (!base64_byte(byte) && !is(byte, kToken)) break;
    base64 = base64 && base64_byte(byte);
    ++n;
  }
  if (n < 20 || n > kMaxRandom) return {};
  const std::string_view text = source.slice(at, at + n);
  if (n == 40 && base64 && looks_drawn(text)) return {n, "aws-secret"};
  if (!looks_drawn(text) || is_placeholder(text)) return {};
  return behind_any(source, at, 32, kContext) ? Found{n, "high-entropy"} : Found{};
}

}  // namespace maester::gateway::guard
