#include "gateway/pipeline/pipeline.h"

#include "gateway/pipeline/cache_plan.h"
#include "gateway/pipeline/limits.h"
#include "gateway/pipeline/once.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/stream_relay.h"

namespace maester::gateway {
namespace {

// Counts a request as in flight while it lives.
class InFlight {
 public:
  explicit InFlight(obs::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~InFlight() { gauge_.add(-1); }
  InFlight(const InFlight&) = delete;

 private:
  obs::Gauge& gauge_;
};

// What the client is told. A cancelled call whose client is still there was cut off by the server's
// end.
Error told(const Error& error) {
  if (error.code != Code::cancelled) return error;
  return make_error(Code::overloaded,
                    "The server is stopping and could not wait for the answer's end; what was sent "
                    "until here is charged.");
}

}  // namespace

runtime::Task<Status> Pipeline::run_stages(Call& call) const {
  CO_TRY(stages::authenticate(call, services_));
  auto admitting = stages::admit(call, services_);
  CO_TRY(co_await std::move(admitting));
  if (!call.idempotency_key.empty()) {
    auto recalling = stages::recall(call, services_);
    CO_TRY(co_await std::move(recalling));
    if (call.once->repeated) co_return Status{};
  }
  CO_TRY(stages::resolve(call, services_));
  CO_TRY(limit_resolved(call, services_));
  if (!call.snapshot->rulebook().empty() && call.judges_for.empty()) {
    auto guarding = stages::guard_input(call, services_);
    CO_TRY(co_await std::move(guarding));
  }
  if (call.options.knowledge) {
    auto retrieving = stages::retrieve(call, services_);
    CO_TRY(co_await std::move(retrieving));
    if (call.evidence->missing) co_return Status{};
  }
  auto looking = stages::lookup(call, services_);
  CO_TRY(co_await std::move(looking));
  if (call.cache.state == CacheUse::State::hit) {
    stages::validate(call, services_);
    CO_TRY_ASSIGN(const stages::Verdict verdict, stages::decide(call, services_));
    if (verdict == stages::Verdict::deliver) co_return Status{};
    leave_cache(call);  // the kept answer does not pass its checks: another one is asked for
  }
  auto reserving = stages::reserve(call, services_);
  CO_TRY(co_await std::move(reserving));
  for (;;) {
    auto attempting = stages::attempt(call, services_);
    CO_TRY(co_await std::move(attempting));
    if (call.guarded != nullptr) {
      auto guarding = stages::guard_output(call, services_);
      CO_TRY_ASSIGN(const stages::Verdict guarded, co_await std::move(guarding));
      if (guarded == stages::Verdict::again) continue;
    }
    stages::validate(call, services_);
    CO_TRY_ASSIGN(const stages::Verdict verdict, stages::decide(call, services_));
    if (verdict == stages::Verdict::deliver) co_return Status{};
  }
}

runtime::Task<Status> Pipeline::run(Call& call) const {
  const InFlight counted(services_.metrics.in_flight);
  const RunningCalls::Entry entry(services_.running, call);
  auto running = run_stages(call);
  Status outcome = co_await std::move(running);
  if (!outcome && entry.ended() != nullptr) outcome = fail(*entry.ended());
  auto settling = stages::settle(call, services_, outcome ? nullptr : &outcome.error());
  settle_limits(call);
  // What is not durably settled is not acknowledged: the client gets no clean end.
  if (Status settled = co_await std::move(settling); !settled && outcome)
    outcome = std::move(settled);
  keep_in_cache(call, services_, outcome.has_value());
  // An answer that was held back to its judgement begins only now.
  if (outcome && call.held_back && call.writer != nullptr) outcome = open_stream(call);
  if (call.streaming) {
    const Error shown = outcome ? Error{} : told(outcome.error());
    auto ending = end_stream(call, outcome ? nullptr : &shown);
    (void)co_await std::move(ending);
  }
  stages::record(call, services_, outcome ? nullptr : &outcome.error());
  if (!outcome) outcome = fail(told(outcome.error()));
  co_return outcome;
}

}  // namespace maester::gateway
