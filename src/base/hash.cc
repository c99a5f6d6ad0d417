// OpenSSL's one-shot SHA256() looks its algorithm up at every call (457 ns for a key of 77 bytes);
// the functions below it, which 3.0 calls deprecated, do not (120 ns) and use the same SHA
// instructions.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>

#include "base/hex.h"

namespace maester {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}

std::uint32_t crc32c_table(std::string_view bytes, std::uint32_t crc) {
  static constexpr auto kTable = make_table();
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
// The instruction answers after three cycles and takes new work every cycle: three stretches are
// summed side by side and put together by what a sum becomes after kStretch bytes of zeros, which
// is linear in its bits.
constexpr std::size_t kStretch = 128;

constexpr std::array<std::array<std::uint32_t, 256>, 4> make_shift() {
  const auto table = make_table();
  std::array<std::array<std::uint32_t, 256>, 4> out{};
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::uint32_t crc = std::uint32_t{1} << bit;
    for (std::size_t i = 0; i < kStretch; ++i) crc = (crc >> 8) ^ table[crc & 0xff];
    for (std::size_t value = 0; value < 256; ++value)
      if ((value >> (bit % 8) & 1) != 0) out[bit / 8][value] ^= crc;
  }
  return out;
}

std::uint64_t after_stretch(std::uint64_t crc) {
  static constexpr auto kShift = make_shift();
  return kShift[0][crc & 0xff] ^ kShift[1][crc >> 8 & 0xff] ^ kShift[2][crc >> 16 & 0xff] ^
         kShift[3][crc >> 24 & 0xff];
}

std::uint64_t word_at(const char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, 8);
  return word;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view bytes,
                                                             std::uint32_t crc) {
  std::uint64_t wide = crc;
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 3 * kStretch; n -= 3 * kStretch, p += 3 * kStretch) {
    std::uint64_t second = 0, third = 0;
    for (std::size_t i = 0; i < kStretch; i += 8) {
      wide = __builtin_ia32_crc32di(wide, word_at(p + i));
      second = __builtin_ia32_crc32di(second, word_at(p + kStretch + i));
      third = __builtin_ia32_crc32di(third, word_at(p + 2 * kStretch + i));
    }
    wide = after_stretch(after_stretch(wide) ^ second) ^ third;
  }
  for (; n >= 8; n -= 8, p += 8) {
    wide = __builtin_ia32_crc32di(wide, word_at(p));
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (; n > 0; --n, ++p) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*p));
  return narrow;
}
#endif

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(out.data(), &context);
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  return hex_encode(sha256(bytes));
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool kHardware = __builtin_cpu_supports("sse4.2") != 0;
  if (kHardware) return ~crc32c_sse42(bytes, ~seed);
#endif
  return ~crc32c_table(bytes, ~seed);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.empty() || a.size() != b.size()) return false;
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace maester
