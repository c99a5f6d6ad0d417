// The two ways to answer from a vector section. Internal to vector/.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "retrieval/bitmap.h"
#include "retrieval/vector/codes.h"
#include "retrieval/vector/layout.h"
#include "retrieval/vector/nearest.h"

namespace maester::retrieval {

// Exactly the k nearest of those allowed: codes rule out all but those that their error leaves in
// doubt, which the matrix decides. `compared` counts codes.
std::vector<Near> scan_codes(const VectorParts& parts, const EncodedQuery& query, std::size_t k,
                             const Bitmap* allowed, std::size_t& compared);

// About the k nearest, by the graph, rescored from the matrix; nothing when it found fewer than k
// or would compare more than `limit`. REQUIRES: a graph.
std::optional<std::vector<Near>> walk_graph(const VectorParts& parts, const EncodedQuery& query,
                                            std::size_t k, const Bitmap* allowed, std::size_t limit,
                                            std::size_t& compared);

}  // namespace maester::retrieval
