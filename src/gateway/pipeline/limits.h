// The limits of the API's objects (meter/limiter.h) on the way of a request.
#pragma once

#include <string>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "wire/http.h"

namespace maester::gateway {

// Before the body is read, and when the request is resolved. Code::rate_limited or
// concurrency_limited, and call.limit_refusal says why.
Status limit_head(Call& call, const Services& services);
Status limit_resolved(Call& call, const Services& services);

// At the end, whatever it was: tokens that were estimated become tokens that were used.
void settle_limits(Call& call);

// x-ratelimit-*, anthropic-ratelimit-* or ratelimit-*, as call.rate_headers says.
void add_limit_headers(wire::Headers& headers, const Call& call);

// {"id", "scope", "kind", "limit", "remaining", "retry_after_ms"}
std::string refusal_json(const meter::LimitRefusal& refusal);
// Whole seconds, rounded up, at least 1.
std::string retry_after(const meter::LimitRefusal& refusal);

}  // namespace maester::gateway
