// Reranking as Jina's API has it, which vLLM, Infinity, LocalAI and others imitate, and Voyage's,
// which differs in two names.
#pragma once

#include <memory>

#include "gateway/provider.h"

namespace maester::gateway::jina {

struct Config {
  bool voyage = false;  // `top_k` for `top_n`, and the ranking in `data`
};

std::unique_ptr<RerankAdapter> make_rerank(Config config);

}  // namespace maester::gateway::jina
