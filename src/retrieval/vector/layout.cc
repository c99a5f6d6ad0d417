#include "retrieval/vector/layout.h"

#include <bit>
#include <cstring>
#include <string>

namespace maester::retrieval {
namespace {

static_assert(std::endian::native == std::endian::little, "the section is read in place");

std::uint64_t align64(std::uint64_t at) {
  return (at + 63) / 64 * 64;
}

Status refuse(std::string why) {
  return fail(Code::corrupt,
              "The vector section does not hold together: " + why +
                  ". Restore the segment from a backup or index its documents again.");
}

Status check(const VectorHeader& h) {
  if (h.magic != VectorHeader{}.magic) return refuse("it does not begin as one");
  if (h.version != 1) return refuse("its version is not 1");
  if (h.count == kNoNode || h.dimensions > kMaxDimensions || h.neighbours > kMaxNeighbours)
    return refuse("a number of its header is out of bounds");
  if (h.count > 0 && h.dimensions == 0) return refuse("it has vectors of no dimension");
  if (h.levels > kMaxLevels || (h.neighbours == 0 && h.levels != 0))
    return refuse("its graph has impossible levels");
  std::uint32_t below = h.count;
  for (std::size_t i = 0; i < kMaxLevels; ++i) {
    const std::uint32_t nodes = h.level_nodes[i];
    if (i < h.levels ? nodes == 0 || nodes > below : nodes != 0)
      return refuse("a level of its graph has an impossible size");
    if (i < h.levels) below = nodes;
  }
  if (h.neighbours != 0 && h.entry >= below) return refuse("its graph begins nowhere");
  return {};
}

}  // namespace

std::size_t code_stride(std::uint32_t dimensions) {
  return align64(dimensions);
}

VectorOffsets::VectorOffsets(const VectorHeader& h) {
  const std::uint64_t count = h.count;
  matrix = sizeof(VectorHeader);
  scales = align64(matrix + count * h.dimensions * sizeof(float));
  codes = align64(scales + count * sizeof(Scale));
  links = align64(codes + count * code_stride(h.dimensions));
  end = align64(links + count * h.neighbours * 2 * sizeof(std::uint32_t));
  for (std::size_t i = 0; i < h.levels; ++i) {
    levels[i] = end;
    end = align64(end + std::uint64_t{h.level_nodes[i]} * (2 + h.neighbours) * 4);
  }
}

Result<VectorParts> parse_vectors(std::string_view bytes) {
  VectorParts parts;
  if (bytes.size() < sizeof(VectorHeader)) TRY(refuse("it is shorter than its header"));
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0) TRY(refuse("it is not aligned"));
  std::memcpy(&parts.header, bytes.data(), sizeof(VectorHeader));
  TRY(check(parts.header));
  // Within these bounds no sum or product reaches 2^64.
  const VectorOffsets at(parts.header);
  if (parts.header.bytes != at.end || bytes.size() != at.end) TRY(refuse("its size is wrong"));
  const auto words = [&](std::uint64_t offset) {
    return static_cast<const std::uint32_t*>(static_cast<const void*>(bytes.data() + offset));
  };
  parts.stride = code_stride(parts.header.dimensions);
  parts.matrix = static_cast<const float*>(static_cast<const void*>(bytes.data() + at.matrix));
  parts.scales = static_cast<const Scale*>(static_cast<const void*>(bytes.data() + at.scales));
  parts.codes = reinterpret_cast<const std::int8_t*>(bytes.data() + at.codes);
  if (parts.header.neighbours != 0) parts.links = words(at.links);
  for (std::size_t i = 0; i < parts.header.levels; ++i) parts.levels[i] = words(at.levels[i]);
  return parts;
}

}  // namespace maester::retrieval
