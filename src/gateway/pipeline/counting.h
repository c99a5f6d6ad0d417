// What an attempt used when the provider did not say.
#pragma once

#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Fills attempt.usage when it is missing: zero when the provider refused or was never reached, else
// counted from what was sent and received - with the model's own tokenizer where it is known
// (`counted`), by bytes where not (`estimated`).
void count_usage(Attempt& attempt, const ChatRequest& chat);

}  // namespace maester::gateway
