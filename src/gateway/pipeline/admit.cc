#include "gateway/pipeline/limits.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway::stages {

runtime::Task<Status> admit(Call& call, const Services& services) {
  const RequestLimits& limits = call.snapshot->config().limits;
  const int per_key = services.dev ? 0 : limits.concurrency_per_key;
  CO_TRY_ASSIGN(call.slot, services.concurrency.acquire(call.principal.key_id, per_key,
                                                        limits.concurrency_total));
  CO_TRY(limit_head(call, services));
  if (call.request == nullptr) co_return Status{};
  auto reading = call.request->read_body(limits.chat_body);
  CO_TRY_ASSIGN(call.body, co_await std::move(reading));
  co_return Status{};
}

}  // namespace maester::gateway::stages
