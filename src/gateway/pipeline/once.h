// What a request with an idempotency key carries through the pipeline.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/idempotency.h"

namespace maester::gateway {

struct Call;

struct Once {
  std::unique_ptr<IdempotentRun> run;  // this request is the first
  std::optional<KeptAnswer> repeated;  // it is not: what the first was answered
  std::string sent;                    // a stream's bytes so far, comments left out
  bool client_left = false;            // the call goes on all the same
};

// Frees the key of a request that was refused with "try again" before any provider was asked; the
// failure is its result otherwise. Suspends.
runtime::Task<void> forget_refused(Call& call, const Error& error);

// Keeps what the client is about to see the end of; nothing without a key. A result that cannot be
// kept leaves the key's outcome unknown. Suspends until it is durable.
runtime::Task<void> keep_answer(Call& call, int status, wire::Headers headers, std::string body);

}  // namespace maester::gateway
