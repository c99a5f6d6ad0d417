#include <algorithm>
#include <array>

#include "gateway/framing.h"
#include "gateway/pipeline/attempt_parts.h"
#include "gateway/pipeline/encode.h"
#include "gateway/pipeline/hedge.h"
#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/knowledge.h"
#include "gateway/pipeline/lane_choice.h"
#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/retry.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/stream_relay.h"
#include "gateway/routing/backoff.h"

namespace maester::gateway {
namespace {

wire::ClientTimeouts client_timeouts(const Timeouts& timeouts) {
  return {timeouts.connect, timeouts.first_byte, timeouts.idle};
}

// Headers of a caller that go on to the provider whose they are, and to no other.
struct Forwarded {
  std::string_view name;
  Protocol protocol;
};
constexpr std::array kForwarded{Forwarded{"openai-organization", Protocol::openai_chat},
                                Forwarded{"openai-project", Protocol::openai_chat},
                                Forwarded{"openai-beta", Protocol::openai_chat},
                                Forwarded{"anthropic-beta", Protocol::anthropic_messages}};

bool belongs(const Forwarded& one, Protocol protocol) {
  const bool openai =
      protocol == Protocol::openai_responses || protocol == Protocol::openai_completions;
  return one.protocol == (openai ? Protocol::openai_chat : protocol);
}

Result<wire::ClientRequest> make_request(const Call& call, const Attempt& attempt,
                                         const Services& services) {
  const ProviderRuntime& provider = *attempt.target->provider;
  EncodeOptions options;
  options.upstream_model = attempt.target->upstream_model;
  options.stream = call.chat.stream;
  options.source_protocol = call.surface->protocol();
  if (call.pass_through) options.source_body = call.body;
  options.max_tokens = attempt.max_tokens ? attempt.max_tokens : call.send_max_tokens;
  TRY_ASSIGN(ProviderRequest encoded, encode_operation(call, attempt, options));

  wire::ClientRequest request;
  request.path = provider.base_path + encoded.path;
  request.headers = std::move(encoded.headers);
  request.body = std::move(encoded.body);
  const Credential& credential = provider.credentials[attempt.credential];
  const wire::Header& secret = credential.header;
  if (!secret.name.empty()) request.headers.add(secret.name, secret.value);
  request.headers.add("accept-encoding", "identity");
  request.headers.add("traceparent", obs::format_traceparent(call.trace->id(), attempt.span,
                                                             call.trace->sampled()));
  request.headers.add("x-maester-request-id", call.id_text);
  request.headers.add("x-maester-attempt", std::to_string(attempt.number));
  if (call.request != nullptr) {
    for (const Forwarded& one : kForwarded) {
      if (!belongs(one, attempt.adapter->protocol())) continue;
      const std::string_view value = call.request->headers().get(one.name);
      if (!value.empty()) request.headers.add(std::string(one.name), std::string(value));
    }
  }
  if (credential.signer) credential.signer->sign(request, credential.origin, services.clock.wall());
  return request;
}

void log_opened(const Call& call, const Attempt& attempt, const Services& services, CallEnd how) {
  const bool refused = how == CallEnd::unauthorized || how == CallEnd::forbidden;
  services.metrics.breaker_opened.add();
  services.log
      .event(refused ? obs::Level::error : obs::Level::warn,
             refused ? "credential_refused" : "breaker_opened")
      .field("request_id", call.id_text)
      .field("provider", attempt.target->provider->config.name)
      .field("model", attempt.target->model)
      .field("credential", attempt.credential + 1)
      .field("status", attempt.status);
}

}  // namespace

Attempt& begin_attempt(Call& call, const Services& services, LaneChoice choice) {
  auto attempt = std::make_unique<Attempt>();
  attempt->number = static_cast<std::uint32_t>(call.attempts.size() + 1);
  call.next_target = choice.target;
  attempt->target = &call.resolution.targets[choice.target];
  attempt->adapter = &attempt->target->provider->adapters.for_caller(call.surface->protocol());
  attempt->credential = choice.credential;
  attempt->lane = std::move(choice.use);
  attempt->started_wall = services.clock.wall();
  attempt->started = services.clock.mono();
  attempt->span = runtime::Core::current()->ids().span_id();
  return *call.attempts.emplace_back(std::move(attempt));
}

runtime::Task<Status> dispatch(Call& call, const Services& services, Attempt& attempt) {
  CO_TRY_ASSIGN(wire::ClientRequest request, make_request(call, attempt, services));
  auto journaling = journal_intent(call, attempt, services);
  CO_TRY(co_await std::move(journaling));
  attempt.sent = true;
  services.metrics.upstream_attempts.add();
  const ProviderRuntime& provider = *attempt.target->provider;
  auto sending =
      provider.transport->send(provider.credentials[attempt.credential].origin, std::move(request),
                               client_timeouts(call.resolution.timeouts),
                               {call.deadline, attempt.stop ? attempt.stop->token() : call.gone});
  auto response = co_await std::move(sending);
  if (!response) {
    // Nothing reached a provider that could not be connected to.
    const std::string& where = response.error().param;
    attempt.sent = where != "connect" && where != "tls" && response.error().code != Code::no_target;
    co_return fail(std::move(response.error()));
  }
  attempt.upstream = std::move(*response);
  co_return Status{};
}

void conclude(Call& call, Attempt& attempt, const Services& services, Status& outcome) {
  attempt.ended = services.clock.mono();
  std::optional<nanoseconds> retry_after;
  if (!outcome) {
    services.metrics.upstream_failures.add();
    attempt.failure = std::move(outcome.error());
    attempt.error_code = std::string(to_string(attempt.failure->code));
    if (attempt.error) retry_after = attempt.error->retry_after;
  }
  const CallEnd how = verdict_of(attempt);
  const auto chance = how == CallEnd::answered ? 0 : draw_chance();
  if (attempt.lane.end(how, attempt.ended, static_cast<std::uint16_t>(chance), retry_after)) {
    log_opened(call, attempt, services, how);
  }
}

}  // namespace maester::gateway

namespace maester::gateway::stages {
namespace {

constexpr std::size_t kMaxAnswerBytes = 32u << 20;
constexpr std::size_t kMaxErrorBytes = 64u << 10;

bool is_event_stream(const Attempt& attempt, const wire::ClientResponse& response) {
  return is_stream(attempt.adapter->framing(), response.headers().get("content-type"));
}

Status take_whole(Call& call, Attempt& attempt, std::string body) {
  if (Status decoded = decode_operation(call, attempt, body); !decoded) {
    return fail(Code::upstream_error, "The provider's answer could not be read.", "garbage",
                decoded.error().message);
  }
  attempt.delivered = true;
  if (call.operation != Operation::chat) return {};
  check_markers(call, attempt.response);
  if (call.evidence != nullptr) return {};
  if (attempt.adapter->speaks(call.surface->protocol())) attempt.raw_body = std::move(body);
  return {};
}

runtime::Task<Status> receive(Call& call, Attempt& attempt, wire::ClientResponse& response) {
  attempt.status = response.status();
  attempt.headers_at = runtime::Core::current()->now();
  const bool good = attempt.status >= 200 && attempt.status <= 299;
  if (good) attempt.lane.first_byte(attempt.headers_at);
  if (!good) {
    auto reading = response.read_all(kMaxErrorBytes);
    auto body = co_await std::move(reading);
    const std::string text = body ? std::move(*body) : std::string();
    attempt.error = attempt.adapter->classify(attempt.status, response.headers(), text);
    if (attempt.adapter->speaks(call.surface->protocol())) attempt.raw_body = text;
    co_return fail(Code::upstream_error, "The provider answered with an error.", "status");
  }
  if (call.chat.stream && is_event_stream(attempt, response)) {
    StreamRelay relay(call, attempt);
    auto running = relay.run(response);
    co_return co_await std::move(running);
  }
  if (is_event_stream(attempt, response)) {
    co_return fail(Code::upstream_error,
                   "The provider answered with a stream that nobody asked for.", "garbage");
  }
  auto reading = response.read_all(kMaxAnswerBytes);
  CO_TRY_ASSIGN(std::string body, co_await std::move(reading));
  CO_TRY(take_whole(call, attempt, std::move(body)));
  if (call.chat.stream) {
    auto streaming = stream_whole(call, attempt);
    CO_TRY(co_await std::move(streaming));
  }
  co_return Status{};
}

// No money for this attempt. The first one never was: the refusal is journalled as such. A later
// one ends the request, and the record of its end is this attempt's, which was not sent.
runtime::Task<Status> refuse(Call& call, const Services& services, Error error) {
  call.decision = Decision::refuse;
  if (call.attempts.size() > 1) {
    call.attempt()->ended = services.clock.mono();
    co_return fail(std::move(error));
  }
  call.attempts.pop_back();
  auto journaling = journal_unsent(call, services, error);
  CO_TRY(co_await std::move(journaling));
  co_return fail(std::move(error));
}

// Nobody could be asked. When nobody was, this is all that is left of the request.
runtime::Task<Status> end_unasked(Call& call, const Services& services, Error error) {
  const bool told = error.code == Code::no_target || error.code == Code::rate_limited;
  if (call.attempts.empty() && told) {
    auto journaling = journal_unsent(call, services, error, meter::Outcome::failed);
    CO_TRY(co_await std::move(journaling));
  }
  co_return fail(std::move(error));
}

runtime::Task<Status> run_attempt(Call& call, const Services& services, Attempt& attempt) {
  auto dispatching = dispatch(call, services, attempt);
  CO_TRY(co_await std::move(dispatching));
  auto receiving = receive(call, attempt, *attempt.upstream);
  co_return co_await std::move(receiving);
}

// The same with a second attempt when this one is slow: the one that answered is the call's last.
runtime::Task<Status> run_hedged(Call& call, const Services& services) {
  auto dispatching = dispatch_hedged(call, services);
  CO_TRY(co_await std::move(dispatching));
  Attempt& attempt = *call.attempt();
  auto receiving = receive(call, attempt, *attempt.upstream);
  co_return co_await std::move(receiving);
}

bool is_first_here(const Call& call, const Attempt& attempt) {
  return std::none_of(call.attempts.begin(), call.attempts.end(), [&](const auto& other) {
    return other.get() != &attempt &&
           other->target->upstream->state == attempt.target->upstream->state;
  });
}

// The lane for a request's next attempt in the order of its targets. A limit that ends soon is
// waited for, when nothing else is free; so is, for a while, a lane that has enough to do.
runtime::Task<Result<LaneChoice>> choose_lane(Call& call, const Services& services) {
  const MonoTime begun = services.clock.mono();
  for (;;) {
    const MonoTime now = services.clock.mono();
    if (auto choice = take_first_lane(call, call.next_target, now)) co_return std::move(*choice);
    const auto cooling = shortest_cool_down(call, now, now - begun < kLongestRetryAfter);
    if (!cooling || *cooling > kLongestRetryAfter || call.deadline.passed(now + *cooling)) {
      co_return fail(all_blocked(call, now));
    }
    // Not all at the same instant.
    const auto wait = *cooling + backoff(1, static_cast<std::uint16_t>(draw_chance()));
    auto nap = runtime::Core::current()->sleep(
        {Deadline::at(now + wait).sooner(call.deadline), call.gone});
    CO_TRY(co_await std::move(nap));
  }
}

// After a failure: waits, and takes the lane that the plan names, or another one if it is gone
// meanwhile. Empty when there is none.
runtime::Task<Result<std::optional<LaneChoice>>> choose_again(Call& call, const Services& services,
                                                              RetryPlan plan) {
  if (plan.wait.count() > 0) {
    auto nap = runtime::Core::current()->sleep(
        {Deadline::after(services.clock, plan.wait).sooner(call.deadline), call.gone});
    CO_TRY(co_await std::move(nap));
  }
  const MonoTime now = services.clock.mono();
  if (auto choice = take_lane(call, plan.target, now)) co_return std::move(choice);
  co_return take_first_lane(call, 0, now);
}

// The provider's protocol cannot express the request and nothing was sent: no attempt, when another
// target is left that may be able to.
bool drop_unfit(Call& call, const Services& services) {
  Attempt& last = *call.attempt();
  if (last.journalled || last.sent || last.failure->code != Code::invalid_request) return false;
  const std::uint64_t bit = std::uint64_t{1} << call.next_target;
  call.routing.unfit |= bit;
  if (!free_target(call, TargetUse::in_turn, services.clock.mono())) return false;
  call.routing.passed_over.push_back(
      {last.target->model, last.target->provider->config.name, "cannot_express"});
  if (last.held.open()) last.held.cancel();  // nothing was sent
  call.attempts.pop_back();
  return true;
}

Error blame(Call& call) {
  call.blamed = &attempt_to_blame(call);
  return client_error(*call.blamed);
}

}  // namespace

runtime::Task<Status> attempt(Call& call, const Services& services) {
  std::optional<LaneChoice> choice = take_first_lane(call, call.next_target, services.clock.mono());
  if (!choice) {
    auto choosing = choose_lane(call, services);
    auto chosen = co_await std::move(choosing);
    if (!chosen) {
      auto ending = end_unasked(call, services, std::move(chosen.error()));
      co_return co_await std::move(ending);
    }
    choice = std::move(*chosen);
  }
  for (;;) {
    // A failed attempt, or one whose answer did not pass its checks, is settled before the next
    // begins.
    if (Attempt* last = call.attempt(); last != nullptr && !last->settled) {
      auto settling = journal_settlement(call, *last, services, false);
      CO_TRY(co_await std::move(settling));
    }
    Attempt& current = begin_attempt(call, services, std::move(*choice));
    if (Status held = hold(call, current, services); !held) {
      auto refusing = refuse(call, services, held.error());
      co_return co_await std::move(refusing);
    }
    if (is_first_here(call, current)) {
      current.target->upstream->state->retries.earn(current.started,
                                                    call.resolution.retry_budget_percent);
    }
    auto running = hedges(call) ? run_hedged(call, services) : run_attempt(call, services, current);
    Status outcome = co_await std::move(running);
    const bool good = outcome.has_value();
    Attempt& last = *call.attempt();  // `current`, but for a hedge that answered first
    conclude(call, last, services, outcome);
    if (good) co_return Status{};
    if (drop_unfit(call, services)) {
      choice = take_first_lane(call, 0, services.clock.mono());
      if (choice) continue;
      if (!call.attempts.empty()) co_return fail(blame(call));
      auto ending = end_unasked(call, services, all_blocked(call, services.clock.mono()));
      co_return co_await std::move(ending);
    }
    const RetryPlan plan =
        plan_retry(call, last, last.ended, static_cast<std::uint16_t>(draw_chance()));
    if (!plan.again) co_return fail(blame(call));
    last.upstream.reset();
    auto choosing = choose_again(call, services, plan);
    CO_TRY_ASSIGN(choice, co_await std::move(choosing));
    if (!choice) co_return fail(blame(call));
  }
}

}  // namespace maester::gateway::stages
