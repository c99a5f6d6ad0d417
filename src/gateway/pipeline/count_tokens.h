// How many tokens a prompt has, without asking for an answer: the same beginning as the pipeline's,
// and no money.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/counting.h"
#include "gateway/pipeline/services.h"
#include "runtime/core.h"

namespace maester::gateway {

// Authenticates, admits and resolves the call; then asks the provider where it counts itself
// (Anthropic; provenance `provider`), else counts here (counting.h). One attempt: nothing is lost
// when it fails. Errors as the pipeline's. Suspends.
runtime::Task<Result<InputCount>> count_tokens(Call& call, const Services& services);

}  // namespace maester::gateway
