#include "gateway/pipeline/metrics.h"

#include <algorithm>

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxModels = 200;

std::unique_ptr<ModelSeries> make_series(obs::Registry& registry, std::string_view operation,
                                         std::string_view provider, std::string_view model) {
  const auto labels = [&](std::string_view token_type = {}) {
    std::vector<obs::Label> out{{"gen_ai_operation_name", std::string(operation)},
                                {"gen_ai_provider_name", std::string(provider)},
                                {"gen_ai_request_model", std::string(model)}};
    if (!token_type.empty()) out.push_back({"gen_ai_token_type", std::string(token_type)});
    return out;
  };
  constexpr std::string_view kTokens = "gen_ai_client_token_usage";
  constexpr std::string_view kTokensHelp = "Tokens used by one request, as billed.";
  return std::make_unique<ModelSeries>(ModelSeries{
      registry.histogram("gen_ai_client_operation_duration_seconds",
                         "Time of one request's model calls, retries included.",
                         obs::genai_duration_buckets(), labels()),
      registry.histogram("gen_ai_client_operation_time_to_first_chunk_seconds",
                         "Time to the first chunk of a streamed answer.",
                         obs::genai_duration_buckets(), labels()),
      registry.histogram(kTokens, kTokensHelp, obs::genai_token_buckets(), labels("input")),
      registry.histogram(kTokens, kTokensHelp, obs::genai_token_buckets(), labels("output"))});
}

}  // namespace

Metrics::Metrics(obs::Registry& registry)
    : request_duration(
          registry.histogram("maester_request_duration_seconds",
                             "Time from a request's first byte to the end of its answer.",
                             obs::genai_duration_buckets())),
      overhead(registry.histogram(
          "maester_overhead_seconds",
          "Maester's own share of a request's time: total minus waiting for the provider.",
          obs::overhead_buckets())),
      queue_wait(registry.histogram(
          "maester_queue_wait_seconds",
          "How long requests waited that found the server at its limit, served or refused.",
          obs::overhead_buckets())),
      upstream_attempts(
          registry.counter("maester_upstream_attempts_total", "Calls sent to providers.")),
      upstream_failures(
          registry.counter("maester_upstream_failures_total", "Calls to providers that failed.")),
      breaker_opened(registry.counter(
          "maester_breaker_opened_total",
          "Times that a model, or a credential, was taken out of use for a while.")),
      hedged(registry.counter("maester_hedged_total",
                              "Second calls made because the first was slow.")),
      interrupted(registry.counter("maester_interrupted_total",
                                   "Calls whose answer did not arrive whole.")),
      unpriced(registry.counter("maester_unpriced_total", "Calls to models without a price.")),
      budget_refusals(registry.counter("maester_budget_refusals_total",
                                       "Requests and attempts that a hard budget refused.")),
      budget_warnings(registry.counter("maester_budget_warnings_total",
                                       "Thresholds of budgets that were crossed.")),
      limit_refusals(registry.counter("maester_limit_refusals_total",
                                      "Requests that a rate or concurrency limit refused.")),
      cache_hits(registry.counter("maester_cache_hits_total",
                                  "Requests answered from the response cache.")),
      cache_misses(registry.counter("maester_cache_misses_total",
                                    "Requests that were looked up in the response cache in vain.")),
      guard_refusals(registry.counter("maester_guard_refusals_total",
                                      "Requests and answers that a policy or the rules for tools "
                                      "refused.")),
      in_flight(registry.gauge("maester_requests_in_flight", "Requests in the pipeline now.")),
      registry_(registry) {
  for (const Priority priority : {Priority::interactive, Priority::batch}) {
    shed_[static_cast<std::size_t>(priority)] = &registry.counter(
        "maester_shed_total", "Requests refused because the server was at its limit.",
        {{"priority", priority == Priority::batch ? "batch" : "interactive"}});
  }
  for (const bool answered : {false, true}) {
    shadows_[answered ? 1 : 0] =
        &registry.counter("maester_shadow_requests_total", "Shadows of requests that were made.",
                          {{"outcome", answered ? "answered" : "failed"}});
  }
  for (const ShadowDrop why : kShadowDrops) {
    shadows_dropped_[static_cast<std::size_t>(why)] = &registry.counter(
        "maester_shadow_dropped_total", "Shadows of requests that were due and not made.",
        {{"reason", std::string(to_string(why))}});
  }
  for (const bool stream : {false, true}) {
    for (const int status : {2, 4, 5}) {
      requests_[stream ? 1 : 0][status == 2 ? 0 : status - 3] = &registry.counter(
          "maester_requests_total", "Requests that went through the pipeline.",
          {{"status", std::to_string(status) + "xx"}, {"stream", stream ? "true" : "false"}});
    }
  }
}

obs::Counter& Metrics::requests(int status_class, bool stream) {
  return *requests_[stream ? 1 : 0][status_class == 2 ? 0 : (status_class == 4 ? 1 : 2)];
}

ModelSeries& Metrics::of_model(std::string_view operation, std::string_view provider,
                               std::string_view model) {
  const std::lock_guard lock(mutex_);
  auto found = models_.find(std::tuple(operation, provider, model));
  if (found == models_.end()) {
    if (models_.size() >= kMaxModels) model = "other";
    const Key key{std::string(operation), std::string(provider), std::string(model)};
    if (found = models_.find(key); found == models_.end()) {
      found = models_.emplace(key, make_series(registry_, operation, provider, model)).first;
    }
  }
  return *found->second;
}

obs::Counter& Metrics::tool_calls(std::string_view tool, bool valid) {
  return registry_.counter("maester_tool_calls_total", "Calls of governed tools in answers.",
                           {{"tool", std::string(tool)}, {"outcome", valid ? "valid" : "invalid"}});
}

obs::Counter& Metrics::findings(std::string_view type, std::string_view action, bool scanned) {
  return registry_.counter("maester_guard_findings_total", "What the rules of policies found.",
                           {{"type", std::string(type)},
                            {"action", std::string(action)},
                            {"outcome", scanned ? "found" : "not_scanned"}});
}

}  // namespace maester::gateway
