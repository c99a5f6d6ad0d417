// The pieces of an attempt, which `attempt` puts in a row and hedging beside each other. Private to
// the pipeline.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/lane_choice.h"
#include "gateway/pipeline/services.h"
#include "runtime/core.h"

namespace maester::gateway {

// Adds the attempt to the call; nothing is sent.
Attempt& begin_attempt(Call& call, const Services& services, LaneChoice choice);

// Translates, writes the intent and sends: attempt.upstream is there when it succeeds, the head of
// the answer read. Suspends.
runtime::Task<Status> dispatch(Call& call, const Services& services, Attempt& attempt);

// Tells the lane what became of the call, once; keeps the failure in the attempt.
void conclude(Call& call, Attempt& attempt, const Services& services, Status& outcome);

}  // namespace maester::gateway
