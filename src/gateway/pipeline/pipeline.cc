#include "gateway/pipeline/pipeline.h"

#include "gateway/pipeline/limits.h"
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

}  // namespace

runtime::Task<Status> Pipeline::run_stages(Call& call) const {
  CO_TRY(stages::authenticate(call, services_));
  auto admitting = stages::admit(call, services_);
  CO_TRY(co_await std::move(admitting));
  CO_TRY(stages::resolve(call, services_));
  CO_TRY(limit_resolved(call, services_));
  CO_TRY(stages::lookup(call, services_));
  auto reserving = stages::reserve(call, services_);
  CO_TRY(co_await std::move(reserving));
  for (;;) {
    auto attempting = stages::attempt(call, services_);
    CO_TRY(co_await std::move(attempting));
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
  // An answer that was held back to its judgement begins only now.
  if (outcome && call.held_back && call.writer != nullptr) outcome = open_stream(call);
  if (call.streaming) {
    auto ending = end_stream(call, outcome ? nullptr : &outcome.error());
    (void)co_await std::move(ending);
  }
  stages::record(call, services_, outcome ? nullptr : &outcome.error());
  co_return outcome;
}

}  // namespace maester::gateway
