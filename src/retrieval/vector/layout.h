// The vector section's parts in its bytes (docs/formats/vectors.md): where each begins, found once
// when it is opened. Internal to vector/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace maester::retrieval {

inline constexpr std::uint32_t kNoNode = 0xffffffff;
inline constexpr std::size_t kMaxLevels = 15;
inline constexpr std::uint32_t kMaxDimensions = 65'536;
inline constexpr std::uint32_t kMaxNeighbours = 128;

struct Scale {
  float scale = 0;     // 0 = the vector is never found
  float residual = 0;  // length of what the code leaves out
};

struct VectorHeader {
  std::array<char, 8> magic{'M', 'A', 'E', 'S', 'T', 'V', 'E', 'C'};
  std::uint32_t version = 1, count = 0, dimensions = 0;
  std::uint32_t neighbours = 0, search_candidates = 0;
  std::uint32_t levels = 0, entry = 0;
  float longest = 0;
  std::uint64_t bytes = 0;
  std::array<std::uint32_t, kMaxLevels> level_nodes{};
  std::array<std::uint32_t, 5> zeros{};
};
static_assert(sizeof(VectorHeader) == 128);

// Offsets of the parts, computed of a header whose numbers are within their bounds.
struct VectorOffsets {
  explicit VectorOffsets(const VectorHeader& header);
  std::uint64_t matrix, scales, codes, links, end;
  std::array<std::uint64_t, kMaxLevels> levels{};
};

// Pointers into the bytes; they own nothing.
struct VectorParts {
  VectorHeader header;
  std::size_t stride = 0;  // of codes
  const float* matrix = nullptr;
  const Scale* scales = nullptr;
  const std::int8_t* codes = nullptr;
  const std::uint32_t* links = nullptr;
  std::array<const std::uint32_t*, kMaxLevels> levels{};

  const float* vector(std::size_t i) const { return matrix + i * header.dimensions; }
  const std::int8_t* code(std::size_t i) const { return codes + i * stride; }
};

std::size_t code_stride(std::uint32_t dimensions);

// Code::corrupt when sizes do not agree. Numbers of nodes inside of links are not looked at.
Result<VectorParts> parse_vectors(std::string_view bytes);

}  // namespace maester::retrieval
