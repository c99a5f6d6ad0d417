// What the pipeline writes to the journal: an intent before a provider is called, a settlement
// after it, the receipt with the last one.
#pragma once

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "meter/records.h"
#include "runtime/core.h"

namespace maester::gateway {

// Durable before it returns (by the configured class). Suspends in `power` mode.
runtime::Task<Status> journal_intent(Call& call, Attempt& attempt, const Services& services);

// Fills attempt.usage and attempt.cost (counted where the provider told nothing), and writes the
// settlement; `final` adds the receipt and closes the request's reservation. At most once per
// attempt.
runtime::Task<Status> journal_settlement(Call& call, Attempt& attempt, const Services& services,
                                         bool final, const Error* error = nullptr);

// A request that no provider saw, with its receipt: `blocked` by what was decided about it,
// `failed` when nobody could be asked.
runtime::Task<Status> journal_unsent(Call& call, const Services& services, const Error& error,
                                     meter::Outcome outcome = meter::Outcome::blocked);

}  // namespace maester::gateway
