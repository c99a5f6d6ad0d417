// Builds the graph of a vector section: HNSW by one insertion after another, neighbours chosen by
// the paper's heuristic (algorithm 4, pruned ones kept while there is room). Deterministic: the
// same codes give the same graph. One thread; long. Internal to vector/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "retrieval/vector/layout.h"
#include "retrieval/vector/nearest.h"
#include "retrieval/vector/walk.h"

namespace maester::retrieval {

class GraphBuilder {
 public:
  // `parts` has scales and codes and outlives it. REQUIRES: 2 <= settings.neighbours <= 128.
  GraphBuilder(const VectorParts& parts, const GraphSettings& settings);
  Status build(bool (*stopped)(void*), void* context);  // Code::cancelled when it says stop

  // Of a built graph: writes its numbers into the header, then its parts where they belong.
  void describe(VectorHeader& header) const;
  void write(const VectorHeader& header, char* section) const;

 private:
  struct Level;  // as walk() sees it
  std::span<std::uint32_t> links(std::uint32_t node, std::uint32_t level);
  std::span<const std::uint32_t> links(std::uint32_t node, std::uint32_t level) const;
  float similarity(std::uint32_t a, std::uint32_t b) const;
  void insert(std::uint32_t node);
  Scored climb_down(std::uint32_t node, std::uint32_t to_level);
  void select(std::span<const Scored> candidates, std::size_t most, bool fill);
  void connect(std::uint32_t from, Scored to, std::uint32_t level);
  std::vector<std::uint32_t> nodes_of(std::uint32_t level) const;  // by ordinal

  const VectorParts& parts_;
  const std::uint32_t neighbours_, candidates_;
  std::vector<std::uint8_t> levels_;     // of each node
  std::vector<std::uint32_t> bottom_;    // links of level 0
  std::vector<std::uint32_t> upper_at_;  // where a node's upper links begin
  std::vector<std::uint32_t> upper_;
  std::uint32_t entry_ = kNoNode, top_ = 0;
  WalkScratch scratch_;
  std::vector<Scored> sorted_, chosen_, pruned_, around_;
};

}  // namespace maester::retrieval
