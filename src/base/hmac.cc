#define OPENSSL_SUPPRESS_DEPRECATED  // see hash.cc

#include "base/hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>

namespace maester {
namespace {

constexpr std::size_t kBlock = 64;

void begin(std::byte* state, std::array<unsigned char, kBlock> key, unsigned char pad) {
  for (unsigned char& byte : key) byte ^= pad;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, key.data(), key.size());
  std::memcpy(state, &context, sizeof context);
  OPENSSL_cleanse(&context, sizeof context);
  OPENSSL_cleanse(key.data(), key.size());
}

SHA256_CTX resume(const std::byte* state) {
  SHA256_CTX context;
  std::memcpy(&context, state, sizeof context);
  return context;
}

}  // namespace

HmacSha256::HmacSha256(std::string_view key) {
  static_assert(sizeof(SHA256_CTX) == kStateSize);
  std::array<unsigned char, kBlock> block{};
  if (key.size() > kBlock) {
    const Sha256 digest = sha256(key);
    std::memcpy(block.data(), digest.data(), digest.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  begin(inner_, block, 0x36);
  begin(outer_, block, 0x5c);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(inner_, kStateSize);
  OPENSSL_cleanse(outer_, kStateSize);
}

Sha256 HmacSha256::of(std::initializer_list<std::string_view> parts) const {
  Sha256 out{};
  SHA256_CTX context = resume(inner_);
  for (const std::string_view part : parts) SHA256_Update(&context, part.data(), part.size());
  SHA256_Final(out.data(), &context);
  context = resume(outer_);
  SHA256_Update(&context, out.data(), out.size());
  SHA256_Final(out.data(), &context);
  return out;
}

}  // namespace maester
