// Money for one attempt: its worst case is set aside in every budget over time that covers the
// request, before its intent is written; what it cost takes its place when it is settled. Each
// attempt - a retry, a fallback - has a reservation of its own, because each can cost its worst
// case.
#pragma once

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

// Once a request: which budgets cover it.
void find_budgets(Call& call, const Services& services);

// Code::budget_exceeded when a hard budget has no room, and call.refusal says why; nothing is set
// aside then. With a hard budget the attempt's output limit is fixed: what is reserved is what is
// sent.
Status hold(Call& call, Attempt& attempt, const Services& services);

// What the budgets are charged when something in the attempt's usage has no price: its whole
// reservation. nullopt: the cost.
std::optional<FemtoUsd> charge_without_cost(const Attempt& attempt);
// Puts what it cost in the reservation's place, once the settlement is durable. REQUIRES:
// attempt.usage and .cost are what they will be.
void release(Attempt& attempt);

// {"id", "name", "scope", "window", "limit_usd", "spent_usd", "reserved_usd", "resets_at",
// "asked_usd"}
std::string refusal_json(const meter::BudgetRefusal& refusal);

}  // namespace maester::gateway
