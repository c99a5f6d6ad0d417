// What an attempt used when the provider did not say.
#pragma once

#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Fills attempt.usage when it is missing: zero when the provider refused or was never reached, else
// counted from what was sent and received - with the model's own tokenizer where it is known
// (`counted`), by bytes where not (`estimated`).
void count_usage(Attempt& attempt, const Call& call);

// The tokens of a prompt: of a chat of texts exact where OpenAI's encoding is known and OpenAI's
// framing of messages holds, else an estimate.
struct InputCount {
  std::int64_t tokens = 0;
  meter::Provenance provenance = meter::Provenance::estimated;
};
InputCount count_input(const ChatRequest& chat, const Target& target);

}  // namespace maester::gateway
