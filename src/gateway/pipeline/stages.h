// The stages of a request, in the order in which they run (pipeline.cc); one file each. A stage
// that fails ends the request with its error; `settle` and `record` always run for what had begun.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "gateway/pipeline/surface.h"
#include "runtime/core.h"

namespace maester::gateway::stages {

// credential -> call.principal; mints the request and trace ids
Status authenticate(Call& call, const Services& services);

// concurrency per key and in all; reads the body within its limit. Suspends.
runtime::Task<Status> admit(Call& call, const Services& services);

// With an idempotency key: what the first request with it was answered (call.once->repeated: the
// call ends here), or a run that is durably begun. Suspends.
runtime::Task<Status> recall(Call& call, const Services& services);

// the body -> chat and options; model or route -> targets; prompt (version | label | latest) +
// variables -> messages, hash
Status resolve(Call& call, const Services& services);

// A policy's input rules, and the tools that the request declares; redactions are made here, a
// refusal is journalled. REQUIRES: the snapshot's rulebook is not empty. Suspends.
runtime::Task<Status> guard_input(Call& call, const Services& services);

// Evidence from a collection, within what the principal may read, put in front of the question.
// Without any, the refusal stands as the call's last attempt (call.evidence->missing). REQUIRES:
// call.options.knowledge. Suspends.
runtime::Task<Status> retrieve(Call& call, const Services& services);

// The response cache: an answer that is there, or that an equal request is just having. With a hit
// the answer stands as the call's last attempt, and a stream of it has gone out but for its end.
// Suspends.
runtime::Task<Status> lookup(Call& call, const Services& services);

// worst-case cost against the request budget; downgrade or refusal; a refusal is journalled. Finds
// the budgets over time that cover the request; each attempt reserves in them (hold.h). Suspends.
runtime::Task<Status> reserve(Call& call, const Services& services);

// Runs targets in order until one delivers: intent record, translate, send, receive; a stream flows
// to the client here, all but its end. Fails with what the client is to be told. Suspends.
runtime::Task<Status> attempt(Call& call, const Services& services);

// inline checks on the answer
void validate(Call& call, const Services& services);

// What to do with it. `again` asks for another attempt (a check with on_fail "retry" failed and one
// is left).
enum class Verdict { deliver, again };
Result<Verdict> decide(Call& call, const Services& services);

// A policy's output rules and the calls of an answer, before the checks see it. REQUIRES:
// call.guarded. Suspends.
runtime::Task<Result<Verdict>> guard_output(Call& call, const Services& services);

// exact cost and the settlement record of the last attempt, with the receipt; budgets corrected.
// Suspends until durable.
runtime::Task<Status> settle(Call& call, const Services& services, const Error* error);

// spans, metrics, log lines
void record(Call& call, const Services& services, const Error* error);

}  // namespace maester::gateway::stages
