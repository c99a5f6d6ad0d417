// What an attempt can cost at most (RULES.md §11), known before it is sent.
//
// Text is counted with the model's own tokenizer where OpenAI itself serves the model; everywhere
// else by a bound that no tokenizer exceeds: its UTF-8 bytes (a byte-level token is at least one)
// and 16 for each message. A model's name on somebody else's server says nothing about its
// tokenizer. An image counts as the dearest that a provider makes of one. What lies elsewhere - a
// file by its id, a web search - is bounded by the model's context only.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// The output limit of one choice: what the request says, else the model's cap, else the policy's.
std::int64_t output_limit(const Call& call, const Target& target);

// Queries that a ranking can be charged as.
std::int64_t most_queries(const RerankRequest& request);

// nullopt: something of the request is refused nowhere and bounded by nothing known.
std::optional<std::int64_t> input_bound(const Call& call, const Target& target);

// At the dearest price that can apply. nullopt: no bound on the tokens, or no price for them.
std::optional<FemtoUsd> worst_case(const Call& call, const Target& target);

}  // namespace maester::gateway
