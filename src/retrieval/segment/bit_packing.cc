#include "retrieval/segment/bit_packing.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace maester::retrieval {
namespace {

// Four 32-bit lanes; the compiler makes SSE2 or NEON of it.
typedef std::uint32_t Lanes __attribute__((vector_size(16)));  // NOLINT(modernize-use-using)

Lanes load_lanes(const char* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

template <bool kSums>
void store(Lanes lanes, Lanes& sum, std::uint32_t* to) {
  if constexpr (kSums) {
    // Prefix sums within the vector, then what came before it.
    lanes += __builtin_shufflevector(lanes, Lanes{}, 4, 0, 1, 2);
    lanes += __builtin_shufflevector(lanes, Lanes{}, 4, 4, 0, 1);
    lanes += __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
    sum = lanes;
  }
  std::memcpy(to, &lanes, sizeof lanes);
}

template <unsigned kBits, bool kSums>
void unpack_bits(const char* from, std::uint32_t base, std::uint32_t* values) {
  Lanes sum{base, base, base, base};
  if constexpr (kBits == 0) {
    for (std::size_t i = 0; i < kBlock; i += 4) store<kSums>(Lanes{}, sum, values + i);
  } else {
    constexpr std::uint32_t kMask = kBits == 32 ? ~0U : (1U << kBits) - 1;
    Lanes word = load_lanes(from);
    unsigned used = 0;
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < kBlock; i += 4) {
      Lanes value = word >> used;
      used += kBits;
      if (used >= 32) {
        used -= 32;
        if (i + 4 < kBlock) {
          from += sizeof(Lanes);
          word = load_lanes(from);
          if (used > 0) value |= word << (kBits - used);
        }
      }
      store<kSums>(value & kMask, sum, values + i);
    }
  }
}

using Unpack = void (*)(const char*, std::uint32_t, std::uint32_t*);

template <bool kSums, std::size_t... kBits>
constexpr std::array<Unpack, 33> make_table(std::index_sequence<kBits...>) {
  return {&unpack_bits<static_cast<unsigned>(kBits), kSums>...};
}
constexpr auto kUnpack = make_table<false>(std::make_index_sequence<33>());
constexpr auto kUnpackSums = make_table<true>(std::make_index_sequence<33>());

}  // namespace

unsigned bits_needed(const std::uint32_t* values) {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < kBlock; ++i) all |= values[i];
  return static_cast<unsigned>(std::bit_width(all));
}

void pack(std::string& out, const std::uint32_t* values, unsigned bits) {
  std::array<std::uint32_t, kBlock> words{};
  for (std::size_t i = 0; i < kBlock && bits > 0; ++i) {
    const std::size_t bit = i / 4 * bits;
    const std::size_t word = bit / 32 * 4 + i % 4;
    const auto wide = static_cast<std::uint64_t>(values[i]) << bit % 32;
    words[word] |= static_cast<std::uint32_t>(wide);
    if (wide >> 32 != 0) words[word + 4] |= static_cast<std::uint32_t>(wide >> 32);
  }
  out.append(reinterpret_cast<const char*>(words.data()), std::size_t{16} * bits);
}

void unpack(const char* from, unsigned bits, std::uint32_t* values) {
  kUnpack[bits](from, 0, values);
}

void unpack_sums(const char* from, unsigned bits, std::uint32_t base, std::uint32_t* values) {
  kUnpackSums[bits](from, base, values);
}

}  // namespace maester::retrieval
