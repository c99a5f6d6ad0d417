// Changing what stands in control.db: on its one thread, with the audit log's actor.
#pragma once

#include <utility>

#include "access/audit.h"
#include "access/release_guard.h"
#include "api/route.h"

namespace maester::api {

// Who makes the change, for the audit log.
inline access::Actor actor_of(const Context& context) {
  return {context.principal.tenant, context.principal.key_id,
          "api " + std::string(context.request.peer_address())};
}

// Who asks, by what right and why: `reason` and `override` {reason} of a body.
Result<access::By> read_by(const Context& context, json::Value body);

// Runs a change in the control thread; it writes its audit row by itself. A request that waited
// there while its tenant was erased changes nothing any more: Code::unauthenticated. Suspends.
template <class F>
runtime::Task<std::invoke_result_t<F>> change(Context& context, F work) {
  auto checked = [&context, &work]() -> std::invoke_result_t<F> {
    if (!context.deps.keys.view().newest()->tenants.contains(context.principal.tenant))
      return fail(Code::unauthenticated, "The API key is not valid any more.");
    return work();
  };
  auto running = context.deps.control.run(checked);
  co_return co_await std::move(running);
}

}  // namespace maester::api
