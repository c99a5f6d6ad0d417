// The ranking that providers answer with: objects with `index` and `relevance_score`.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/rerank.h"

namespace maester::gateway::providers {

// Best first. Code::upstream_error unless each index is one of the request's documents and stands
// once, and each score is a number.
Result<std::vector<RerankResponse::Hit>> read_hits(json::Value results, std::size_t documents);

}  // namespace maester::gateway::providers
