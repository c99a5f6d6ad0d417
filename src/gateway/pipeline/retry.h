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

// What a failed attempt is about, also when no provider said a word.
ErrorClass class_of(const Attempt& attempt);
// What the attempt says about its lane.
CallEnd verdict_of(const Attempt& attempt);

// Never after content reached the client, never past the attempts of the route or its deadline.
// - The provider at fault: the next target that is free, at once; else the same one after a backoff
//   with full jitter (or its Retry-After up to 5 s), if its retry budget has one left.
// - At its limit: another credential at once; else the same target when it names a wait of 5 s or
//   less; else the next target.
// - A bad credential or an exhausted account: another credential, else the next target.
// - A prompt that is too long, or content that the provider refuses: the route's targets for that.
// - Another fault of the request: nowhere, unless a target failed before for another reason: that a
//   fallback cannot take the request does not prove that the rest cannot.
// REQUIRES: attempt.failure; its verdict was told to its lane. Spends from the retry budget.
RetryPlan plan_retry(const Call& call, const Attempt& attempt, MonoTime now, std::uint16_t chance);

// The attempt whose failure the client is told: the last one, but for a fallback that refused a
// request which its first target would have taken.
const Attempt& attempt_to_blame(const Call& call);

// The error for the client: fixed sentences, and never a library's text.
Error client_error(const Attempt& attempt);

}  // namespace maester::gateway
