#include "retrieval/vector/nearest.h"

#include <algorithm>

#include "retrieval/vector/search.h"

namespace maester::retrieval {
namespace {

// What a walk costs, in vectors of a scan: it passes about this many for each that is allowed. One
// that it compares lies anywhere in memory and costs thrice one of a scan, but of its candidates'
// links only a third leads to a vector that it has not seen (docs/benchmarks/retrieval.md).
std::size_t walk_cost(const VectorHeader& header, std::size_t k, std::size_t allowed) {
  const std::size_t width = std::max<std::size_t>(header.search_candidates, k);
  return width * header.neighbours * header.count / std::max<std::size_t>(allowed, 1);
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
