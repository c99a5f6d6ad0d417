// What an attempt used when the provider did not say, and what it can cost at most.
#pragma once

#include <optional>

#include "base/money.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Fills attempt.usage when it is missing: zero when the provider refused or was never reached, else
// counted from what was sent and received - with the model's own tokenizer where it is known
// (`counted`), by bytes where not (`estimated`).
void count_usage(Attempt& attempt, const ChatRequest& chat);

// The reservation of an intent: a bound on input tokens (a byte-level token is at least one byte,
// and 16 for each message), the output limit, at the dearest price that applies. Nullopt for an
// unpriced model.
std::optional<FemtoUsd> worst_case(const Call& call, const Target& target);

}  // namespace maester::gateway
