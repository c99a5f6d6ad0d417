// Which segments are worth merging: size tiers (as in log-structured merge trees; O'Neil et al.
// 1996), so that a chunk is rewritten about once for each factor of growth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace maester::retrieval {

struct SegmentSize {
  std::uint32_t chunks = 0, living_chunks = 0;
  bool wants_graph = false;  // has vectors for one, and none
};

inline constexpr std::size_t kMergeFactor = 8;
inline constexpr std::uint32_t kSmallest = 1'000;     // chunks; all below are of one tier
inline constexpr std::uint32_t kLargest = 4'000'000;  // chunks; no merge makes more

// Places of the segments to merge into one; empty = none is due. In this order: many of one tier,
// one that is a quarter dead, one that wants its graph.
std::vector<std::size_t> choose_merge(const std::vector<SegmentSize>& sizes);

}  // namespace maester::retrieval
