#include "gateway/pipeline/limits.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {
namespace {

using meter::LimitKind;

std::int64_t whole(nanoseconds time, nanoseconds unit) {
  return (time.count() + unit.count() - 1) / unit.count();
}

Status refuse(Call& call, const Services& services, meter::LimitRefusal refusal) {
  services.metrics.limit_refusals.add();
  std::string text = "Limit " + refusal.limit.id + " (" + describe(refusal.limit.scope) + ") ";
  Code code = Code::rate_limited;
  if (refusal.kind == LimitKind::concurrency) {
    code = Code::concurrency_limited;
    text += "allows " + std::to_string(refusal.state.limit) +
            " requests at once, and so many are running; wait for one to end.";
  } else {
    text += "allows " + std::to_string(refusal.state.limit) + " " +
            std::string(to_string(refusal.kind)) + " a minute; try again in " +
            retry_after(refusal) + " s.";
  }
  call.limit_refusal = std::move(refusal);
  return fail(code, std::move(text));
}

Status limit(Call& call, const Services& services, const meter::Spender& spender,
             meter::Limiter::Look look, std::int64_t estimate) {
  auto refusal = services.limiter.admit(call.admission, spender, look, estimate);
  if (!refusal) return {};
  return refuse(call, services, std::move(*refusal));
}

// "120ms", "8.64s", "6m0s": as OpenAI writes it.
std::string duration_text(nanoseconds time) {
  const std::int64_t ms = whole(time, milliseconds(1));
  if (ms < 1'000) return std::to_string(ms) + "ms";
  const std::int64_t minutes = ms / 60'000, rest = ms % 60'000;
  std::string out = minutes > 0 ? std::to_string(minutes) + "m" : "";
  out += std::to_string(rest / 1'000);
  if (rest % 1'000 != 0) {
    std::string fraction = std::to_string(1'000 + rest % 1'000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += "." + fraction;
  }
  return out + "s";
}

void add_openai(wire::Headers& headers, std::string_view what, const meter::LimitState& state) {
  const std::string kind(what);
  headers.add("x-ratelimit-limit-" + kind, std::to_string(state.limit));
  headers.add("x-ratelimit-remaining-" + kind, std::to_string(state.remaining));
  headers.add("x-ratelimit-reset-" + kind, duration_text(state.reset));
}

void add_anthropic(wire::Headers& headers, std::string_view what, const meter::LimitState& state,
                   WallTime now) {
  const std::string prefix = "anthropic-ratelimit-" + std::string(what);
  headers.add(prefix + "-limit", std::to_string(state.limit));
  headers.add(prefix + "-remaining", std::to_string(state.remaining));
  headers.add(prefix + "-reset", format_rfc3339(now + state.reset));
}

void add_standard(wire::Headers& headers, const meter::LimitState& state) {
  headers.add("ratelimit-limit", std::to_string(state.limit));
  headers.add("ratelimit-remaining", std::to_string(state.remaining));
  headers.add("ratelimit-reset", std::to_string(whole(state.reset, std::chrono::seconds(1))));
}

}  // namespace

Status limit_head(Call& call, const Services& services) {
  if (!services.limiter.has_limits()) return {};
  return limit(call, services, {.tenant = call.principal.tenant, .key = call.principal.key_id},
               meter::Limiter::Look::head, 0);
}

Status limit_resolved(Call& call, const Services& services) {
  if (!services.limiter.has_limits()) return {};
  const std::int64_t output = call.chat.max_tokens.value_or(0) * call.chat.n.value_or(1);
  return limit(call, services,
               {.tenant = call.principal.tenant,
                .key = call.principal.key_id,
                .user = call.options.user,
                .route = call.resolution.route,
                .prompt = call.prompt.name,
                .model = call.requested_model,
                .tags = call.options.metadata},
               meter::Limiter::Look::resolved, call.surface->estimate_input_tokens(call) + output);
}

void settle_limits(Call& call) {
  if (!call.admission.tokens()) return;
  std::int64_t used = 0;
  for (const auto& attempt : call.attempts) {
    if (attempt->usage) used += attempt->usage->total_tokens();
  }
  call.admission.settle_tokens(used);
}

void add_limit_headers(wire::Headers& headers, const Call& call) {
  std::optional<meter::LimitState> requests = call.admission.requests();
  std::optional<meter::LimitState> tokens = call.admission.tokens();
  if (call.limit_refusal && call.limit_refusal->kind == LimitKind::requests)
    requests = call.limit_refusal->state;
  if (call.limit_refusal && call.limit_refusal->kind == LimitKind::tokens)
    tokens = call.limit_refusal->state;
  switch (call.rate_headers) {
    case RateHeaders::openai:
      if (requests) add_openai(headers, "requests", *requests);
      if (tokens) add_openai(headers, "tokens", *tokens);
      break;
    case RateHeaders::anthropic:
      if (requests) add_anthropic(headers, "requests", *requests, call.received_wall);
      if (tokens) add_anthropic(headers, "tokens", *tokens, call.received_wall);
      break;
    case RateHeaders::standard:
      if (requests || tokens) add_standard(headers, requests ? *requests : *tokens);
      break;
  }
}

std::string refusal_json(const meter::LimitRefusal& refusal) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", refusal.limit.id).key("scope");
  write(w, refusal.limit.scope);
  w.field("kind", to_string(refusal.kind)).field("limit", refusal.state.limit);
  w.field("remaining", refusal.state.remaining);
  w.field("retry_after_ms", whole(refusal.retry_after, milliseconds(1))).end_object();
  return out;
}

std::string retry_after(const meter::LimitRefusal& refusal) {
  return std::to_string(
      std::max<std::int64_t>(whole(refusal.retry_after, std::chrono::seconds(1)), 1));
}

}  // namespace maester::gateway
