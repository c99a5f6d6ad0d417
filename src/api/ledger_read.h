// Reading what the ledger knows, after everything acknowledged before is visible (CONTRACT.md "Read
// your writes").
#pragma once

#include <string>

#include "api/route.h"
#include "meter/usage_store.h"

namespace maester::api {

// The reader of the caller's tenant.
meter::UsageReader reader_of(const Context& context);

// Where a request's records are; Code::not_found for an unknown id and for another tenant's alike.
// Suspends.
runtime::Task<Result<meter::RequestRow>> find_request(Context& context,
                                                      const std::string& request_id);

// The request's capture, opened; Code::replay_not_captured when its bodies were not kept. Suspends.
runtime::Task<Result<std::string>> open_capture(Context& context, const std::string& request_id);

// Runs a blocking query in the readers' pool once the projection has caught up.
template <class F>
runtime::Task<std::invoke_result_t<F>> read_ledger(Context& context, F query) {
  auto catching_up = meter::caught_up(context.deps.usage, context.deps.journal);
  CO_TRY(co_await std::move(catching_up));
  auto running = context.deps.readers.run(std::move(query));
  co_return co_await std::move(running);
}

}  // namespace maester::api
