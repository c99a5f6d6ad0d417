#include "gateway/pipeline/guard_state.h"
#include "gateway/pipeline/stages.h"
#include "gateway/problem.h"

namespace maester::gateway::stages {
namespace {

using obs::Attribute;

double seconds(nanoseconds t) {
  return std::chrono::duration<double>(t).count();
}
std::int64_t whole_ms(nanoseconds t) {
  return std::chrono::duration_cast<milliseconds>(t).count();
}

// An attempt was made: the answer, if any, is not the cache's.
bool was_sent(const Call& call) {
  return !call.attempts.empty() && !call.attempt()->cached;
}

nanoseconds upstream_time(const Call& call) {
  nanoseconds sum{0};
  for (const auto& attempt : call.attempts) sum += attempt->ended - attempt->started;
  return sum;
}

// One client span over all attempts, by GenAI's conventions, and one below it for each attempt when
// there were several.
void add_inference_span(Call& call, const Error* error) {
  obs::Trace& trace = *call.trace;
  const Attempt& first = *call.attempts.front();
  const Attempt& last = *call.attempt();
  const auto wall = [&](MonoTime t) { return call.received_wall + (t - call.received); };
  const bool single = call.attempts.size() == 1;
  const SpanId id = single ? first.span : runtime::Core::current()->ids().span_id();
  const std::size_t index =
      trace.begin(id, 0, std::string(to_string(call.operation)) + " " + call.requested_model,
                  obs::SpanKind::client, wall(first.started));
  obs::Span& span = trace.at(index);
  span.attributes.reserve(20);
  span.end = wall(last.ended);
  span.status = error != nullptr ? obs::SpanStatus::error : obs::SpanStatus::unset;
  const auto add = [&](std::string_view name, obs::AttributeValue value) {
    span.attributes.push_back({name, std::move(value)});
  };
  const ProviderRuntime& provider = *last.target->provider;
  add("gen_ai.operation.name", std::string(to_string(call.operation)));
  add("gen_ai.provider.name", std::string(provider.adapters.own().semantic_name()));
  add("gen_ai.request.model", call.requested_model);
  if (!last.response.model.empty()) add("gen_ai.response.model", last.response.model);
  if (!last.response.id.empty()) add("gen_ai.response.id", last.response.id);
  if (call.chat.stream) add("gen_ai.request.stream", true);
  if (call.chat.max_tokens) add("gen_ai.request.max_tokens", *call.chat.max_tokens);
  if (!call.prompt.name.empty()) {
    add("gen_ai.prompt.name", call.prompt.name);
    if (!call.prompt.version.empty()) add("gen_ai.prompt.version", call.prompt.version);
    if (!call.prompt.label.empty()) add("maester.prompt.label", call.prompt.label);
  }
  std::vector<std::string> finishes;
  for (const Choice& choice : last.response.choices)
    finishes.emplace_back(to_string(choice.finish));
  if (!finishes.empty()) add("gen_ai.response.finish_reasons", std::move(finishes));
  if (last.first_event_at != MonoTime{}) {
    add("gen_ai.response.time_to_first_chunk", seconds(last.first_event_at - last.started));
  }
  if (last.usage) {
    add("gen_ai.usage.input_tokens", last.usage->prompt_tokens());
    add("gen_ai.usage.output_tokens", last.usage->completion_tokens());
    if (last.usage->cached_input > 0)
      add("gen_ai.usage.cache_read.input_tokens", last.usage->cached_input);
    if (last.usage->reasoning > 0)
      add("gen_ai.usage.reasoning.output_tokens", last.usage->reasoning);
  }
  if (!provider.origin.host.empty()) {
    add("server.address", provider.origin.host);
    add("server.port", std::int64_t{provider.origin.port});
  }
  if (const auto cost = call.total_cost()) add("maester.cost.usd", cost->to_string());
  if (error != nullptr) add("error.type", std::string(to_string(error->code)));
  if (call.evaluation) {
    for (const checks::Grade& grade : call.evaluation->metrics) {
      span.events.push_back(
          {"gen_ai.evaluation.result",
           wall(call.validate_ended),
           {{"gen_ai.evaluation.name", grade.name},
            {"gen_ai.evaluation.score.value", grade.score},
            {"gen_ai.evaluation.score.label", std::string(grade.passed ? "pass" : "fail")}}});
    }
  }
  if (single) return;
  for (const auto& attempt : call.attempts) {
    const std::size_t child = trace.begin(attempt->span, static_cast<int>(index),
                                          "attempt " + std::to_string(attempt->number),
                                          obs::SpanKind::client, wall(attempt->started));
    trace.at(child).end = wall(attempt->ended);
    trace.at(child).attributes.push_back(
        {"gen_ai.provider.name",
         std::string(attempt->target->provider->adapters.own().semantic_name())});
    trace.at(child).attributes.push_back(
        {"http.response.status_code", std::int64_t{attempt->status}});
    if (!attempt->delivered) {
      trace.at(child).status = obs::SpanStatus::error;
      trace.at(child).attributes.push_back({"error.type", attempt->error_code});
    }
  }
}

void add_retrieval_span(Call& call) {
  if (call.evidence == nullptr) return;
  obs::Trace& trace = *call.trace;
  const auto wall = [&](MonoTime t) { return call.received_wall + (t - call.received); };
  const Evidence& evidence = *call.evidence;
  const std::size_t index =
      trace.begin(runtime::Core::current()->ids().span_id(), 0, "retrieval " + evidence.collection,
                  obs::SpanKind::client, wall(call.retrieve_started));
  obs::Span& span = trace.at(index);
  span.end = wall(call.retrieve_ended);
  span.attributes.push_back({"gen_ai.operation.name", std::string("retrieval")});
  span.attributes.push_back({"gen_ai.data_source.id", evidence.collection});
  span.attributes.push_back({"maester.index_version", evidence.index_version});
  span.attributes.push_back(
      {"maester.retrieval.passages", static_cast<std::int64_t>(evidence.passages.size())});
}

void finish_trace(Call& call, const Services& services, const Error* error) {
  obs::Trace& trace = *call.trace;
  obs::Span& root = trace.at(0);
  root.attributes.reserve(8);
  if (call.request != nullptr) {
    root.name = std::string(call.request->method()) + " " + std::string(call.endpoint);
    root.attributes.push_back({"http.request.method", std::string(call.request->method())});
    root.attributes.push_back({"url.path", std::string(call.request->path())});
  }
  root.attributes.push_back({"maester.request_id", call.id_text});
  if (!call.shadow_of.empty()) root.attributes.push_back({"maester.shadow_of", call.shadow_of});
  if (!call.purpose.empty()) root.attributes.push_back({"maester.purpose", call.purpose});
  root.attributes.push_back({"maester.tenant", call.principal.tenant});
  root.attributes.push_back({"maester.config_version", call.snapshot->version()});
  root.attributes.push_back({"maester.decision", std::string(to_string(call.decision))});
  if (error != nullptr) {
    root.status = obs::SpanStatus::error;
    root.attributes.push_back({"error.type", std::string(to_string(error->code))});
  }
  if (call.cache.state != CacheUse::State::off) {
    root.attributes.push_back({"maester.cache", std::string(to_string(call.cache.state))});
  }
  add_retrieval_span(call);
  if (was_sent(call)) add_inference_span(call, error);
  if (call.evaluation) {
    const auto wall = [&](MonoTime t) { return call.received_wall + (t - call.received); };
    const std::size_t index = trace.begin(runtime::Core::current()->ids().span_id(), 0, "evaluate",
                                          obs::SpanKind::internal, wall(call.validate_started));
    trace.at(index).end = wall(call.validate_ended);
  }
  trace.end(0, services.clock.wall());
}

void log_call(const Call& call, const Services& services, const Error* error) {
  if (!services.log.enabled(obs::Level::info)) return;
  if (call.cache.state == CacheUse::State::hit) {
    services.log.event(obs::Level::info, "cache_hit")
        .field("request_id", call.id_text)
        .field("tenant", call.principal.tenant)
        .field("model", call.requested_model)
        .field("source", call.cache.answer == nullptr ? "" : call.cache.answer->request_id)
        .field("latency_ms", whole_ms(services.clock.mono() - call.received))
        .field("success", error == nullptr);
    return;
  }
  if (call.attempts.empty()) {
    services.log.event(obs::Level::info, "request_refused")
        .field("request_id", call.id_text)
        .field("tenant", call.principal.tenant)
        .field("code", error != nullptr ? to_string(error->code) : "");
    return;
  }
  const Attempt& last = *call.attempt();
  const std::string& provider = last.target->provider->config.name;
  services.log.event(obs::Level::info, "model_routed")
      .field("request_id", call.id_text)
      .field("requested_model", call.requested_model)
      .field("selected_provider", provider)
      .field("selected_model", last.target->model)
      .field("fallback_used", call.decision == Decision::fallback);
  services.log.event(obs::Level::info, "span_end")
      .field("span", "model_generate")
      .field("request_id", call.id_text)
      .field("duration_ms", whole_ms(last.ended - last.started))
      .field("model", last.target->model);
  auto line =
      services.log.event(error == nullptr ? obs::Level::info : obs::Level::warn, "llm_call");
  line.field("request_id", call.id_text)
      .field("trace_id", call.trace->id().to_string())
      .field("tenant", call.principal.tenant)
      .field("provider", provider)
      .field("model", last.target->model);
  if (last.usage) {
    line.field("input_tokens", last.usage->prompt_tokens())
        .field("output_tokens", last.usage->completion_tokens());
  }
  if (const auto cost = call.total_cost()) line.field("cost_usd", *cost);
  if (!call.prompt.version.empty()) line.field("prompt_version", call.prompt.version);
  line.field("latency_ms", whole_ms(services.clock.mono() - call.received));
  line.field("attempts", call.attempts.size()).field("success", error == nullptr);
  if (error != nullptr)
    line.field("error", to_string(error->code))
        .field("error_detail", std::string_view(error->detail).substr(0, 512));
}

void count_guarded(const GuardState& state, Metrics& metrics) {
  for (const guard::ReportEntry& one : state.report.entries()) {
    metrics.findings(one.type, to_string(one.action), one.outcome == guard::Outcome::found)
        .add(static_cast<std::uint64_t>(one.count));
  }
  for (const GuardState::ToolUse& use : state.tools) {
    const std::string_view name = use.governed != nullptr ? std::string_view(use.name) : "other";
    if (use.calls > use.invalid)
      metrics.tool_calls(name, true).add(static_cast<std::uint64_t>(use.calls - use.invalid));
    if (use.invalid > 0)
      metrics.tool_calls(name, false).add(static_cast<std::uint64_t>(use.invalid));
  }
}

void count(const Call& call, const Services& services, const Error* error) {
  Metrics& metrics = services.metrics;
  const nanoseconds total = services.clock.mono() - call.received;
  const nanoseconds upstream = upstream_time(call);
  if (!call.shadow_of.empty()) {  // no client waited for it
    metrics.shadows(error == nullptr).add();
  } else {
    metrics.request_duration.record(seconds(total));
    metrics.requests(error == nullptr ? 2 : http_status(error->code) / 100, call.streaming).add();
    if (was_sent(call))
      metrics.overhead.record(seconds(std::max(total - upstream, nanoseconds{0})));
  }
  if (call.guarded != nullptr) count_guarded(*call.guarded, metrics);
  if (!was_sent(call)) return;
  const Attempt& last = *call.attempt();
  ModelSeries& series =
      metrics.of_model(to_string(call.operation),
                       last.target->provider->adapters.own().semantic_name(), last.target->model);
  series.operation_duration.record(seconds(upstream));
  if (last.first_event_at != MonoTime{})
    series.time_to_first_chunk.record(seconds(last.first_event_at - last.started));
  if (last.usage) {
    series.input_tokens.record(static_cast<double>(last.usage->prompt_tokens()));
    series.output_tokens.record(static_cast<double>(last.usage->completion_tokens()));
  }
  if (error != nullptr && last.sent && !last.delivered) metrics.interrupted.add();
  if (!call.total_cost()) metrics.unpriced.add();
}

}  // namespace

void record(Call& call, const Services& services, const Error* error) {
  const Config& config = call.snapshot->config();
  count(call, services, error);
  if (config.log_requests) log_call(call, services, error);
  if (!config.trace) return;
  finish_trace(call, services, error);
  services.spans.record({call.principal.tenant, call.id, std::move(*call.trace)});
}

}  // namespace maester::gateway::stages
