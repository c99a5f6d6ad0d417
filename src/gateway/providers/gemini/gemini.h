// The adapters for Google's Gemini API (generateContent, streamGenerateContent, batchEmbedContents)
// and for Vertex AI (the same, but for embeddings: predict, embedContent). What they do with each
// oddity: docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "gateway/provider.h"

namespace maester::gateway::gemini {

struct Config {
  std::string prefix = "/v1beta";  // "" when the base URL ends in a version
  bool vertex = false;             // a bearer token
};

std::unique_ptr<Provider> make_provider(Config config);
std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config);
std::unique_ptr<EmbeddingAdapter> make_vertex_embeddings(Config config);

}  // namespace maester::gateway::gemini
