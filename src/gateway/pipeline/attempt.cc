#include <algorithm>
#include <array>

#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/retry.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/stream_relay.h"

namespace maester::gateway::stages {
namespace {

constexpr std::size_t kMaxAnswerBytes = 32u << 20;
constexpr std::size_t kMaxErrorBytes = 64u << 10;

Attempt& begin_attempt(Call& call, const Services& services) {
  auto attempt = std::make_unique<Attempt>();
  attempt->number = static_cast<std::uint32_t>(call.attempts.size() + 1);
  attempt->target = &call.resolution.targets[call.next_target];
  attempt->started_wall = services.clock.wall();
  attempt->started = services.clock.mono();
  attempt->span = runtime::Core::current()->ids().span_id();
  return *call.attempts.emplace_back(std::move(attempt));
}

wire::ClientTimeouts client_timeouts(const Timeouts& timeouts) {
  return {timeouts.connect, timeouts.first_byte, timeouts.idle};
}

Result<wire::ClientRequest> make_request(const Call& call, const Attempt& attempt) {
  const ProviderRuntime& provider = *attempt.target->provider;
  EncodeOptions options;
  options.upstream_model = attempt.target->upstream_model;
  options.stream = call.chat.stream;
  options.source_protocol = call.surface->protocol();
  if (call.pass_through) options.source_body = call.body;
  options.max_tokens = attempt.max_tokens ? attempt.max_tokens : call.send_max_tokens;
  TRY_ASSIGN(ProviderRequest encoded, provider.adapter->encode(call.chat, options));

  wire::ClientRequest request;
  request.path = provider.base_path + encoded.path;
  request.headers = std::move(encoded.headers);
  request.body = std::move(encoded.body);
  if (!provider.credentials.empty()) {
    request.headers.add(provider.credentials.front().name, provider.credentials.front().value);
  }
  request.headers.add("content-type", "application/json");
  request.headers.add("accept-encoding", "identity");
  request.headers.add("traceparent", obs::format_traceparent(call.trace->id(), attempt.span,
                                                             call.trace->sampled()));
  request.headers.add("x-maester-request-id", call.id_text);
  request.headers.add("x-maester-attempt", std::to_string(attempt.number));
  if (call.request != nullptr) {
    static constexpr std::array<std::string_view, 4> kForwarded{
        "openai-organization", "openai-project", "openai-beta", "anthropic-beta"};
    for (const std::string_view name : kForwarded) {
      const std::string_view value = call.request->headers().get(name);
      if (!value.empty()) request.headers.add(std::string(name), std::string(value));
    }
  }
  return request;
}

bool is_event_stream(const wire::ClientResponse& response) {
  return response.headers().get("content-type").starts_with("text/event-stream");
}

Status take_whole(Call& call, Attempt& attempt, std::string body) {
  auto decoded = attempt.target->provider->adapter->decode(body);
  if (!decoded) {
    return fail(Code::upstream_error, "The provider's answer could not be read.", "garbage",
                decoded.error().message);
  }
  attempt.response = std::move(*decoded);
  attempt.usage = attempt.response.usage;
  attempt.delivered = true;
  if (attempt.target->provider->adapter->protocol() == call.surface->protocol())
    attempt.raw_body = std::move(body);
  return {};
}

// The provider ignored `stream`: its whole answer is streamed to the client in one go.
runtime::Task<Status> stream_whole(Call& call, Attempt& attempt) {
  attempt.raw_body.clear();
  std::string out;
  call.writer = call.surface->stream_writer(call);
  call.writer->append_events(out, events_of(attempt.response));
  if (call.held_back) {
    attempt.held_bytes = std::move(out);
    co_return Status{};
  }
  StreamSink sink(call);
  auto writing = sink.write(out);
  const Status written = co_await std::move(writing);
  auto quiet = sink.quiet();
  co_await std::move(quiet);
  co_return written;
}

runtime::Task<Status> receive(Call& call, Attempt& attempt, wire::ClientResponse& response) {
  attempt.status = response.status();
  attempt.headers_at = runtime::Core::current()->now();
  if (attempt.status < 200 || attempt.status > 299) {
    auto reading = response.read_all(kMaxErrorBytes);
    auto body = co_await std::move(reading);
    const std::string text = body ? std::move(*body) : std::string();
    attempt.error =
        attempt.target->provider->adapter->classify(attempt.status, response.headers(), text);
    if (attempt.target->provider->adapter->protocol() == call.surface->protocol())
      attempt.raw_body = text;
    co_return fail(Code::upstream_error, "The provider answered with an error.", "status");
  }
  if (call.chat.stream && is_event_stream(response)) {
    StreamRelay relay(call, attempt);
    auto running = relay.run(response);
    co_return co_await std::move(running);
  }
  if (is_event_stream(response)) {
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
  auto journaling = journal_blocked(call, services, error);
  CO_TRY(co_await std::move(journaling));
  co_return fail(std::move(error));
}

runtime::Task<Status> run_attempt(Call& call, const Services& services, Attempt& attempt) {
  CO_TRY_ASSIGN(wire::ClientRequest request, make_request(call, attempt));
  auto journaling = journal_intent(call, attempt, services);
  CO_TRY(co_await std::move(journaling));
  attempt.sent = true;
  services.metrics.upstream_attempts.add();
  const ProviderRuntime& provider = *attempt.target->provider;
  auto sending = provider.transport->send(provider.origin, std::move(request),
                                          client_timeouts(call.resolution.timeouts),
                                          {call.deadline, call.gone});
  auto response = co_await std::move(sending);
  if (!response) {
    // Nothing reached a provider that could not be connected to.
    const std::string& where = response.error().param;
    attempt.sent = where != "connect" && where != "tls" && response.error().code != Code::no_target;
    co_return fail(std::move(response.error()));
  }
  attempt.upstream = std::move(*response);
  auto receiving = receive(call, attempt, *attempt.upstream);
  co_return co_await std::move(receiving);
}

}  // namespace

runtime::Task<Status> attempt(Call& call, const Services& services) {
  for (;;) {
    Attempt& current = begin_attempt(call, services);
    if (Status held = hold(call, current, services); !held) {
      auto refusing = refuse(call, services, held.error());
      co_return co_await std::move(refusing);
    }
    auto running = run_attempt(call, services, current);
    Status outcome = co_await std::move(running);
    current.ended = services.clock.mono();
    if (outcome) co_return Status{};
    services.metrics.upstream_failures.add();
    current.error_code = std::string(to_string(outcome.error().code));
    const RetryPlan plan = plan_retry(call, current, outcome.error(), services.clock.mono());
    if (!plan.again) co_return fail(client_error(current, std::move(outcome.error())));
    current.upstream.reset();
    auto settling = journal_settlement(call, current, services, false);
    CO_TRY(co_await std::move(settling));
    call.next_target = plan.target;
    if (plan.wait.count() > 0) {
      auto nap = runtime::Core::current()->sleep(
          {Deadline::after(services.clock, plan.wait).sooner(call.deadline), call.gone});
      CO_TRY(co_await std::move(nap));
    }
  }
}

}  // namespace maester::gateway::stages
