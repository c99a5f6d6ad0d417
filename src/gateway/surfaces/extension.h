// The `maester` object of a request (CONTRACT.md §3), read into Options. Shared by every
// provider-shaped surface.
#pragma once

#include "base/result.h"
#include "codec/json.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// `extension` may be absent. Errors name the field: "maester.budget.max_cost_usd".
Status read_extension(json::Value extension, Options& options);

// A decimal amount given as a JSON number or string; exact. Refuses negative ones.
Result<FemtoUsd> read_amount(json::Value value);

}  // namespace maester::gateway
