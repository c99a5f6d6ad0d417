// A second call when the first is slow (`hedge` of a route): whichever answers first is taken, the
// other is cancelled and settled. Both have their intents, and both are paid.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "runtime/core.h"

namespace maester::gateway {

// Whether the request's route hedges at all.
bool hedges(const Call& call);

// Dispatches call.attempt(), which has begun, and perhaps a second attempt beside it. Fine when the
// head of a good answer is there: call.attempt() is the one that it belongs to then. When it fails,
// call.attempt() is the failed one that is left to conclude. Any other attempt is concluded and
// settled. Suspends.
runtime::Task<Status> dispatch_hedged(Call& call, const Services& services);

}  // namespace maester::gateway
