#include "gateway/providers/common/rerank_hits.h"

#include <algorithm>

namespace maester::gateway::providers {

Result<std::vector<RerankResponse::Hit>> read_hits(json::Value results, std::size_t documents) {
  if (!results.is_array() || results.size() > documents) {
    return fail(Code::upstream_error, "The provider's ranking is no list of the documents.");
  }
  std::vector<RerankResponse::Hit> out;
  std::vector<bool> seen(documents);
  for (const json::Value one : results) {
    const std::int64_t index = one.get("index").int_or(-1);
    const auto score = one.get("relevance_score").as_double();
    if (index < 0 || index >= static_cast<std::int64_t>(documents) || !score ||
        seen[static_cast<std::size_t>(index)]) {
      return fail(Code::upstream_error, "The provider's ranking names its documents wrongly.");
    }
    seen[static_cast<std::size_t>(index)] = true;
    out.push_back({index, *score});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return out;
}

}  // namespace maester::gateway::providers
