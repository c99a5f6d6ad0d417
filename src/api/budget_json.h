// Budgets, limits and scopes as JSON: shared by /v1/budgets, /v1/limits and /v1/me/usage.
#pragma once

#include "access/principal.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "meter/ledger.h"
#include "meter/limiter.h"

namespace maester::api {

// A scope that the principal may set: its own tenant's, which is meant when none is named; any
// tenant's for an admin of tenant `default`. Code::forbidden otherwise, whether that tenant exists
// or not.
Result<meter::Scope> read_own_scope(const json::Value& value, const access::Principal& principal,
                                    bool with_model);

// With how it stands for `subject`, "" for a scope without "*".
void write_limit(json::Writer& w, const meter::Limit& limit, const meter::Limiter& limiter,
                 const std::string& subject);

void write_budget_status(json::Writer& w, const meter::BudgetStatus& status);

}  // namespace maester::api
