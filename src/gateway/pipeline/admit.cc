#include <algorithm>

#include "gateway/pipeline/limits.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway::stages {
namespace {

Result<Priority> read_priority(const Call& call) {
  if (call.request == nullptr) return call.priority;
  const std::string_view asked = call.request->headers().get("x-maester-priority");
  if (asked.empty() || asked == "interactive") return Priority::interactive;
  if (asked == "batch") return Priority::batch;
  return fail(Code::invalid_request, "`x-maester-priority` is `interactive` or `batch`.",
              "x-maester-priority");
}

// A tenth is kept for interactive requests. A process that has no memory lets nobody wait.
ConcurrencyLimiter::Room room_of(const Call& call, const Services& services) {
  const RequestLimits& limits = call.snapshot->config().limits;
  const int most_batch = limits.concurrency_total - limits.concurrency_total / 10;
  return {.per_key = services.dev ? 0 : limits.concurrency_per_key,
          .total = std::min(limits.concurrency_total, services.overload.total_limit()),
          .batch = std::min(most_batch, services.overload.batch_limit()),
          .queue = limits.queue};
}

runtime::Task<Result<ConcurrencyLimiter::Slot>> wait_for_room(Call& call, const Services& services,
                                                              ConcurrencyLimiter::Ask ask) {
  const MonoTime since = services.clock.mono();
  auto waiting = services.concurrency.wait(ask, room_of(call, services), call.gone);
  auto slot = co_await std::move(waiting);
  services.metrics.queue_wait.record(
      std::chrono::duration<double>(services.clock.mono() - since).count());
  co_return slot;
}

}  // namespace

runtime::Task<Status> admit(Call& call, const Services& services) {
  CO_TRY_ASSIGN(const Priority priority, read_priority(call));
  const ConcurrencyLimiter::Ask ask{call.principal.key_id, call.principal.tenant, priority};
  auto slot = services.concurrency.acquire(ask, room_of(call, services));
  if (!slot && slot.error().code == Code::overloaded) {
    auto waiting = wait_for_room(call, services, ask);
    slot = co_await std::move(waiting);
  }
  if (!slot) {
    if (slot.error().code == Code::overloaded) services.metrics.shed(priority).add();
    co_return fail(std::move(slot).error());
  }
  call.slot = std::move(*slot);
  CO_TRY(limit_head(call, services));
  if (call.request == nullptr) co_return Status{};
  auto reading = call.request->read_body(call.snapshot->config().limits.chat_body);
  CO_TRY_ASSIGN(call.body, co_await std::move(reading));
  co_return Status{};
}

}  // namespace maester::gateway::stages
