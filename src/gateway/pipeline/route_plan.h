// From a route's targets to those of this request: what the key may use and what can take the
// request, in the order of the route's strategy.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Leaves in call.resolution.targets what an attempt may go to, best first, and notes in
// call.routing what was left out and why. Nothing to do when a model was asked for by its name: its
// provider knows best. Code::forbidden when the key may use none of them, invalid_request when none
// can take the request. REQUIRES: call.chat with all messages.
Status plan_route(Call& call, MonoTime now);

}  // namespace maester::gateway
