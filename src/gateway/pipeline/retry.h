// What to do after a failed attempt, and what to tell the client when nothing is left to do
// (RULES.md §8).
#pragma once

#include <chrono>
#include <cstddef>

#include "base/result.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

struct RetryPlan {
  bool again = false;
  std::size_t target = 0;  // index into the resolution's targets
  milliseconds wait{0};
};

// Never after content reached the client, never past the attempts of the route or its deadline. A
// provider at fault or at its limit: the next target at once, or the same one after a backoff with
// full jitter (base 100 ms, cap 2 s; Retry-After up to 5 s honoured). A bad credential or an
// exhausted quota: the next target only. A fault of the request: nowhere.
RetryPlan plan_retry(const Call& call, const Attempt& attempt, const Error& error, MonoTime now);

// The error for the client: fixed sentences, and never a library's text.
Error client_error(const Attempt& attempt, Error error);

}  // namespace maester::gateway
