// Bounds of what the chunks of a block can score for any k1 and b: the pairs of frequency and
// length that no other chunk's pair beats, in four pairs of bytes (docs/formats/segment.md,
// Impacts).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace maester::retrieval {

// Rises with the length; stands for the smallest length that has it.
constexpr std::uint8_t length_code(std::uint32_t length) {
  if (length < 64) return static_cast<std::uint8_t>(length);
  const auto e = static_cast<std::uint32_t>(std::bit_width(std::min(length, 65535U))) - 1;
  return static_cast<std::uint8_t>(64 + 16 * (e - 6) + (std::min(length, 65535U) >> (e - 4) & 15));
}
constexpr std::uint32_t length_of(std::uint8_t code) {
  if (code < 64) return code;
  const std::uint32_t e = 6 + (code - 64U) / 16;
  return (16U + code % 16U) << (e - 4);
}

struct Impact {
  std::uint8_t frequency = 0;  // 255 = that and more
  std::uint8_t length = 0;     // a code
  bool operator==(const Impact&) const = default;
};
using Impacts = std::array<Impact, 4>;

// REQUIRES: frequencies and lengths of equal size, not empty. `lengths` as they are scored.
inline Impacts impacts_of(std::span<const std::uint32_t> frequencies,
                          std::span<const std::uint16_t> lengths) {
  // The smallest length of each frequency, then the corners of the staircase from above.
  std::array<std::uint16_t, 256> least;
  least.fill(65535);
  std::size_t top = 0, bottom = 255;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const std::size_t f = std::min(frequencies[i], 255U);
    least[f] = std::min(least[f], lengths[i]);
    top = std::max(top, f);
    bottom = std::min(bottom, f);
  }
  std::array<Impact, 256> corners{};
  std::size_t n = 0;
  int shortest = 65536;
  for (std::size_t f = top + 1; f-- > bottom;) {
    if (least[f] < shortest) {
      shortest = least[f];
      corners[n++] = {static_cast<std::uint8_t>(f), length_code(least[f])};
    }
  }
  // corners: frequency falls, length falls. Four groups of neighbours, each with the greatest
  // frequency (its first) and the smallest length (its last).
  Impacts out;
  const std::size_t groups = std::min<std::size_t>(n, out.size());
  for (std::size_t g = 0; g < out.size(); ++g) {
    const std::size_t of = std::min(g, groups - 1);
    const std::size_t first = of * n / groups, last = (of + 1) * n / groups - 1;
    out[g] = {corners[first].frequency, corners[last].length};
  }
  return out;
}

}  // namespace maester::retrieval
