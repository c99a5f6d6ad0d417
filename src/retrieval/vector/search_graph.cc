#include <algorithm>
#include <cmath>

#include "retrieval/vector/kernels.h"
#include "retrieval/vector/search.h"
#include "retrieval/vector/top_k.h"
#include "retrieval/vector/walk.h"

namespace maester::retrieval {
namespace {

// Level 0 as walk() sees it.
struct Bottom {
  const VectorParts& parts;
  const EncodedQuery& query;
  const Bitmap* allowed;

  std::size_t size() const { return parts.header.count; }
  std::span<const std::uint32_t> links(std::uint32_t node) const {
    const std::size_t most = std::size_t{parts.header.neighbours} * 2;
    return {parts.links + node * most, most};
  }
  float similarity(std::uint32_t node) const {
    const auto dot =
        static_cast<float>(kernels().dot_codes(parts.code(node), query.code.data(), parts.stride));
    return dot * (parts.scales[node].scale * query.scale.scale);
  }
  void prefetch(std::uint32_t node) const {
    __builtin_prefetch(parts.scales + node);
    prefetch_code(parts.code(node), parts.stride);
  }
  bool wanted(std::uint32_t node) const {
    return (allowed == nullptr || allowed->test(node)) && parts.scales[node].scale != 0;
  }
};

// The closest node that the upper levels lead to; kNoNode when their numbers do not check.
Scored climb_down(const Bottom& graph, std::size_t& compared) {
  const VectorHeader& header = graph.parts.header;
  const std::size_t record = 2 + std::size_t{header.neighbours};
  std::uint32_t at = header.entry;
  for (std::uint32_t level = header.levels; level > 0; --level) {
    const std::uint32_t* const records = graph.parts.levels[level - 1];
    const std::uint32_t nodes = header.level_nodes[level - 1];
    const auto measure = [&](std::uint32_t index) {
      const std::uint32_t ordinal = records[index * record];
      ++compared;
      return ordinal < header.count ? graph.similarity(ordinal) : -INFINITY;
    };
    if (at >= nodes) return {0, kNoNode};
    float best = measure(at);
    for (std::uint32_t from = kNoNode; from != at;) {  // each step is closer: it ends
      from = at;
      for (std::size_t i = 2; i < record; ++i) {
        const std::uint32_t next = records[from * record + i];
        if (next >= nodes) continue;
        const float similarity = measure(next);
        if (!(similarity > best)) continue;
        best = similarity;
        at = next;
      }
    }
    at = records[at * record + 1];
  }
  return at < header.count ? Scored{graph.similarity(at), at} : Scored{0, kNoNode};
}

}  // namespace

std::optional<std::vector<Near>> walk_graph(const VectorParts& parts, const EncodedQuery& query,
                                            std::size_t k, const Bitmap* allowed, std::size_t limit,
                                            std::size_t& compared) {
  thread_local WalkScratch scratch;
  const Bottom graph{parts, query, allowed};
  const Scored start = climb_down(graph, compared);
  if (start.node == kNoNode) return std::nullopt;
  const std::size_t width = std::max<std::size_t>(parts.header.search_candidates, k + k / 4);
  if (!walk(graph, start, width, scratch, limit, compared)) return std::nullopt;
  if (scratch.found.size() < k) return std::nullopt;
  TopK best(k);
  for (const Scored& one : scratch.found) {
    const float similarity =
        kernels().dot(parts.vector(one.node), query.vector.data(), query.vector.size());
    if (!std::isnan(similarity)) best.offer({one.node, similarity});
  }
  return best.take();
}

}  // namespace maester::retrieval
