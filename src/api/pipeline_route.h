// Running the pipeline at a route: makes the call, runs it, writes the answer.
#pragma once

#include "api/route.h"
#include "gateway/pipeline/surface.h"

namespace maester::api {

// The body of a refusal by the request budget, for routes that have a form of their own; nullptr =
// the common error shape.
using BudgetRefusal = Answer (*)(const gateway::Call&, const Error&);

// What the call learns of its request before the pipeline begins.
void begin_call(gateway::Call& call, Context& context, const gateway::Surface& surface);
// The answer to a call that failed, in the route's shape.
Answer failure_answer(const gateway::Call& call, const Error& error, const Context& context);

// A call that has ended, but for what the client is sent.
struct EndedCall {
  Answer answer;          // nothing once a stream was begun
  bool repeated = false;  // the answer is an earlier one's, under the same idempotency key
  bool succeeded = false;
};

// Runs the call. `request_id` is for errors before the call has an id of its own. Suspends.
runtime::Task<EndedCall> end_call(const gateway::Pipeline& pipeline, gateway::Call& call,
                                  ErrorStyle errors, BudgetRefusal budget_refusal = nullptr,
                                  std::string_view request_id = {});

runtime::Task<void> run_pipeline(Context& context, const gateway::Surface& surface,
                                 BudgetRefusal budget_refusal = nullptr);

}  // namespace maester::api
