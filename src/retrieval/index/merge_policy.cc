#include "retrieval/index/merge_policy.h"

#include <algorithm>
#include <map>

namespace maester::retrieval {
namespace {

std::size_t tier_of(std::uint32_t living) {
  std::size_t tier = 0;
  for (std::uint64_t top = kSmallest; living >= top; top *= kMergeFactor) ++tier;
  return tier;
}

}  // namespace

std::vector<std::size_t> choose_merge(const std::vector<SegmentSize>& sizes) {
  std::map<std::size_t, std::vector<std::size_t>> tiers;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    tiers[tier_of(sizes[i].living_chunks)].push_back(i);
  }
  for (auto& [tier, members] : tiers) {
    if (members.size() < kMergeFactor) continue;
    std::sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return sizes[a].living_chunks != sizes[b].living_chunks
                 ? sizes[a].living_chunks < sizes[b].living_chunks
                 : a < b;
    });
    std::vector<std::size_t> chosen;
    std::uint64_t together = 0;
    for (const std::size_t member : members) {
      together += sizes[member].living_chunks;
      if (together > kLargest) break;
      chosen.push_back(member);
    }
    std::sort(chosen.begin(), chosen.end());
    if (chosen.size() >= 2) return chosen;
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if ((sizes[i].chunks - sizes[i].living_chunks) * std::uint64_t{4} >= sizes[i].chunks &&
        sizes[i].living_chunks < sizes[i].chunks) {
      return {i};
    }
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i].wants_graph) return {i};
  }
  return {};
}

}  // namespace maester::retrieval
