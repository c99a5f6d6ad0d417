#include "retrieval/vector/nearest.h"

#include <algorithm>

#include "retrieval/vector/search.h"

namespace maester::retrieval {
namespace {

// A walk compares about this many vectors for each of its candidates and links, in a random order
// of memory, where a comparison costs about thrice that of a scan (docs/benchmarks/retrieval.md).
constexpr std::size_t kWalkCost = 3;

// What a walk costs, in vectors of a scan: it passes all and finds only those allowed.
std::size_t walk_cost(const VectorHeader& header, std::size_t k, std::size_t allowed) {
  const std::size_t width = std::max<std::size_t>(header.search_candidates, k);
  return kWalkCost * width * header.neighbours * header.count / std::max<std::size_t>(allowed, 1);
}

}  // namespace

Result<VectorView> VectorView::open(std::string_view bytes) {
  VectorView view;
  TRY_ASSIGN(view.parts_, parse_vectors(bytes));
  return view;
}

std::vector<float> VectorView::vector(std::uint32_t ordinal) const {
  return {parts_.vector(ordinal), parts_.vector(ordinal) + dimensions()};
}

std::vector<Near> VectorView::nearest(std::span<const float> query, std::size_t k,
                                      const Bitmap* allowed, Plan* plan) const {
  Plan unasked;
  Plan& done = plan != nullptr ? *plan : unasked;
  done = {};
  const std::size_t open = allowed == nullptr ? count() : allowed->count();
  if (open == 0 || k == 0) return {};
  const EncodedQuery encoded(query);
  if (encoded.scale.scale == 0) return {};
  k = std::min(k, open);
  if (has_graph() && walk_cost(parts_.header, k, open) < open) {
    done.way = Plan::Way::graph;
    auto found = walk_graph(parts_, encoded, k, allowed, 2 * open, done.compared);
    if (found) return *std::move(found);
    done.way = Plan::Way::graph_then_exact;
  } else {
    done.way = Plan::Way::exact;
  }
  return scan_codes(parts_, encoded, k, allowed, done.compared);
}

}  // namespace maester::retrieval
