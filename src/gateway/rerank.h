// Reranking, in the normal form: a query and documents in, the documents by relevance out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "meter/usage.h"

namespace maester::gateway {

struct RerankRequest {
  std::string model, query;
  std::vector<std::string> documents;  // their texts, at least one
  std::optional<std::int64_t> top_n;
  bool return_documents = false;
  std::optional<std::int64_t> max_tokens_per_doc;
  std::vector<std::string> unknown_fields;
};

struct RerankResponse {
  struct Hit {
    std::int64_t index = 0;  // into the request's documents; checked by the adapter
    double score = 0;        // as the provider gave it
  };
  std::string id, model;
  std::vector<Hit> hits;  // best first
  std::optional<meter::Usage> usage;
};

}  // namespace maester::gateway
