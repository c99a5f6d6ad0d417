// The adapters for Cohere's API, version 2: chat, embed, rerank. What they do with each oddity:
// docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "gateway/provider.h"

namespace maester::gateway::cohere {

struct Config {
  std::string prefix = "/v2";  // "" when the base URL ends in it
};

std::unique_ptr<Provider> make_provider(Config config);
std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config);
std::unique_ptr<RerankAdapter> make_rerank(Config config);

}  // namespace maester::gateway::cohere
