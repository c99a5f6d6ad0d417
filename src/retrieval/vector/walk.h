// The one search in a level of the graph, for building and for asking: from where it starts to ever
// better neighbours, until the best that is left is worse than the `width` best found (HNSW,
// algorithm 2). Internal to vector/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieval/vector/layout.h"

namespace maester::retrieval {

struct Scored {
  float similarity = 0;
  std::uint32_t node = 0;
};
// A strict order: NaN never reaches it (walk() leaves such nodes out).
inline bool better(const Scored& a, const Scored& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.node < b.node;
}

class Visited {
 public:
  void reset(std::size_t size) { words_.assign((size + 63) / 64, 0); }
  // Whether it was not yet; REQUIRES i < size.
  bool enter(std::size_t i) {
    const std::uint64_t bit = std::uint64_t{1} << i % 64;
    if ((words_[i / 64] & bit) != 0) return false;
    words_[i / 64] |= bit;
    return true;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// Memory of walks, used again by the next.
struct WalkScratch {
  Visited visited;
  std::vector<Scored> frontier, found;
  std::vector<std::uint32_t> fresh;
};

// Leaves in scratch.found the nodes found, in no order. `g` answers size(), links(node) (a range of
// numbers that need not be nodes), similarity(node), prefetch(node) and wanted(node): nodes that
// are not wanted are walked through but not found. Gives up (false) after `limit` comparisons.
template <class Graph>
bool walk(const Graph& g, Scored start, std::size_t width, WalkScratch& scratch, std::size_t limit,
          std::size_t& compared) {
  auto& [visited, frontier, found, fresh] = scratch;
  const auto worse_first = [](const Scored& a, const Scored& b) { return better(b, a); };
  const auto meet = [&](Scored one) {
    frontier.push_back(one);
    std::push_heap(frontier.begin(), frontier.end(), worse_first);
    if (!g.wanted(one.node)) return;
    found.push_back(one);
    std::push_heap(found.begin(), found.end(), better);
    if (found.size() <= width) return;
    std::pop_heap(found.begin(), found.end(), better);
    found.pop_back();
  };
  visited.reset(g.size());
  frontier.clear();
  found.clear();
  visited.enter(start.node);
  if (start.similarity == start.similarity) meet(start);
  while (!frontier.empty()) {
    const Scored next = frontier.front();
    if (found.size() >= width && better(found.front(), next)) break;
    std::pop_heap(frontier.begin(), frontier.end(), worse_first);
    frontier.pop_back();
    fresh.clear();
    for (const std::uint32_t link : g.links(next.node)) {
      if (link >= g.size() || !visited.enter(link)) continue;
      g.prefetch(link);
      fresh.push_back(link);
    }
    compared += fresh.size();
    for (const std::uint32_t node : fresh) {
      const float similarity = g.similarity(node);
      const bool comes = found.size() < width || similarity > found.front().similarity;
      if (comes && similarity == similarity) meet({similarity, node});
    }
    if (compared > limit) return false;
  }
  return true;
}

inline void prefetch_code(const std::int8_t* code, std::size_t stride) {
  for (std::size_t i = 0; i < stride; i += 64) __builtin_prefetch(code + i);
}

}  // namespace maester::retrieval
