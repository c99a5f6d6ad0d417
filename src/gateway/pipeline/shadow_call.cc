// Making a shadow out of a call that is over, and its way through the stages.
#include "gateway/pipeline/lane_choice.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/pipeline/route_plan.h"
#include "gateway/pipeline/shadow.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway {
namespace {

// Nobody reads the answer: what is left of a surface is the protocol that the request came in.
class NobodysSurface final : public Surface {
 public:
  explicit NobodysSurface(Protocol protocol) : protocol_(protocol) {}
  Protocol protocol() const override { return protocol_; }
  Status read(Call&) const override { return {}; }
  std::int64_t estimate_input_tokens(const Call&) const override { return 0; }  // no request budget
  Error budget_refusal(const Call&) const override { return {}; }
  std::string write_answer(const Call&) const override { return {}; }

 private:
  Protocol protocol_;
};

bool is_due(const Call& call) {
  const RouteConfig* rules = call.resolution.rules;
  if (rules == nullptr || rules->shadow.percent <= 0) return false;
  const Attempt* last = call.attempt();
  const bool answered = last != nullptr && last->delivered && !last->cached;
  return answered && call.operation == Operation::chat && call.shadow_of.empty() &&
         static_cast<int>(draw_chance() % 100) < rules->shadow.percent;
}

std::expected<ShadowCalls::Place, ShadowDrop> enter(const Call& call, const Services& services) {
  const access::KeyTerms* terms = call.principal.terms.get();
  if (terms != nullptr && !terms->allows_target(call.resolution.rules->shadow.model))
    return std::unexpected(ShadowDrop::not_allowed);
  if (services.overload.pressed() || services.overload.memory() != MemoryLevel::calm)
    return std::unexpected(ShadowDrop::overloaded);
  return services.shadows.enter(call.snapshot->config().limits.concurrency_shadow);
}

// The same chat, as the guards and the prompt left it, for the same principal under the same
// snapshot. The bytes go out again as they were unless they asked for a stream.
std::unique_ptr<Call> make_shadow(Call& original, const Services& services) {
  runtime::Core& core = *runtime::Core::current();
  auto call = std::make_unique<Call>();
  call->received = services.clock.mono();
  call->received_wall = services.clock.wall();
  call->gone = services.shadows.stopping();
  call->endpoint = original.endpoint;
  call->id = core.ids().uuid();
  call->id_text = call->id.to_string();
  call->shadow_of = original.id_text;
  call->principal = original.principal;
  call->snapshot = original.snapshot;
  call->trace.emplace(core.ids().trace_id(), SpanId{},
                      !original.trace || original.trace->sampled());
  call->trace->begin(core.ids().span_id(), -1, "shadow", obs::SpanKind::internal,
                     call->received_wall);
  call->body = std::move(original.body);
  call->document = std::move(original.document);
  call->chat = std::move(original.chat);
  call->pass_through = original.pass_through && !call->chat.stream;
  call->chat.stream = false;
  call->chat.include_usage = false;
  call->chat.model = original.resolution.rules->shadow.model;
  call->requested_model = call->chat.model;
  call->options = std::move(original.options);
  call->options.budget_asked = false;  // the request's own budget was for its answer
  call->prompt = std::move(original.prompt);
  return call;
}

}  // namespace

void Pipeline::shadow(Call& call) const {
  if (!is_due(call)) return;
  auto place = enter(call, services_);
  if (!place) {
    services_.metrics.shadows_dropped(place.error()).add();
    return;
  }
  auto made = make_shadow(call, services_);
  services_.shadows.spawn(run_shadow(std::move(made), call.resolution.rules,
                                     call.surface->protocol(), std::move(*place)));
}

// What is not here: a key's limits and concurrency, idempotency, the cache, and deciding: there is
// nobody to decide for, and no second attempt.
runtime::Task<Status> Pipeline::run_shadow_stages(Call& call, const RouteConfig& route) const {
  CO_TRY_ASSIGN(call.resolution, call.snapshot->resolve_shadow(route));
  CO_TRY(plan_route(call, services_.clock.mono()));
  call.deadline = Deadline::at(call.received + call.resolution.timeouts.total);
  auto reserving = stages::reserve(call, services_);
  CO_TRY(co_await std::move(reserving));
  auto attempting = stages::attempt(call, services_);
  CO_TRY(co_await std::move(attempting));
  stages::validate(call, services_);
  co_return Status{};
}

runtime::Task<void> Pipeline::run_shadow(std::unique_ptr<Call> call, const RouteConfig* route,
                                         Protocol protocol, ShadowCalls::Place place) const {
  const ShadowCalls::Place held = std::move(place);
  const NobodysSurface surface(protocol);
  call->surface = &surface;
  const RunningCalls::Entry entry(services_.running, *call);
  auto running = run_shadow_stages(*call, *route);
  Status outcome = co_await std::move(running);
  if (!outcome && entry.ended() != nullptr) outcome = fail(*entry.ended());
  auto settling = stages::settle(*call, services_, outcome ? nullptr : &outcome.error());
  if (Status settled = co_await std::move(settling); !settled && outcome)
    outcome = std::move(settled);
  stages::record(*call, services_, outcome ? nullptr : &outcome.error());
}

}  // namespace maester::gateway
