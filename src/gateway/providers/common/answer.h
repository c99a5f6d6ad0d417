// How a whole answer is opened: the same checks for every adapter.
#pragma once

#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace maester::gateway::providers {

// Code::upstream_error when the body is no JSON object, or is an error in the place of an answer.
Result<json::Document> parse_answer(std::string_view body, const json::Limits& limits = {});

// Lists of embeddings have more values than a chat may have.
inline constexpr json::Limits kEmbeddingLimits{.depth = 16, .keys = 100'000, .values = 8'000'000};

// A count of tokens as a provider wrote it, between 0 and what no real request comes near;
// `bounded` becomes true when it had to be changed.
std::int64_t bounded_count(json::Value value, bool& bounded);

}  // namespace maester::gateway::providers
