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

runtime::Task<void> run_pipeline(Context& context, const gateway::Surface& surface,
                                 BudgetRefusal budget_refusal = nullptr);

}  // namespace maester::api
