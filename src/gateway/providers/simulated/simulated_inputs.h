// Embeddings and rankings of the simulated provider: the same for the same texts, and near for
// texts that share words, so that search can be tried without a network.
//
//   vector   = of each word (split at white space, ASCII letters made small) the FNV-1a hash h of
//   64
//              bits: dimension h mod n gets +1, or -1 when h's top bit is set; then scaled to
//              length
//              1. n = `dimensions`, 64 when not asked for. No words: the first dimension is 1.
//   score    = the cosine of query and document, 0 when negative
//   tokens   = max(1, 2 x words) of each input; of a ranking: of the query and each document
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/provider.h"

namespace maester::gateway {

std::vector<std::string_view> simulated_words(std::string_view text);
std::vector<float> simulated_vector(std::string_view text, std::size_t dimensions);

// The body for a request to /embeddings or /rerank; empty when the path is another's.
std::optional<Result<std::string>> answer_inputs(std::string_view path, std::string_view body);

namespace simulated {
std::unique_ptr<EmbeddingAdapter> make_embeddings();
std::unique_ptr<RerankAdapter> make_rerank();
}  // namespace simulated

}  // namespace maester::gateway
