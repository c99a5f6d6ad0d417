#include "gateway/pipeline/headers.h"

#include "gateway/pipeline/limits.h"

namespace maester::gateway {

wire::Headers answer_headers(const Call& call) {
  wire::Headers headers;
  headers.reserve(12);
  headers.add("x-request-id",
              call.client_request_id.empty() ? call.id_text : call.client_request_id);
  headers.add("x-maester-request-id", call.id_text);
  if (call.rate_headers == RateHeaders::anthropic) headers.add("request-id", call.id_text);
  if (call.trace) headers.add("x-maester-trace-id", call.trace->id().to_string());
  if (const Attempt* attempt = call.attempt()) {
    headers.add("x-maester-provider", attempt->target->provider->config.name);
    headers.add("x-maester-model", attempt->target->model);
    headers.add("x-maester-attempts", std::to_string(attempt->cached ? 0 : call.attempts.size()));
  }
  headers.add("x-maester-cache", std::string(to_string(call.cache.state)));
  add_limit_headers(headers, call);
  for (const meter::BudgetWarning& warning : call.budget_warnings) {
    headers.add("x-maester-budget-warning",
                warning.id + "; percent=" + std::to_string(warning.percent));
  }
  if (call.snapshot) headers.add("x-maester-config", call.snapshot->version());
  if (call.settled) {
    if (const auto cost = call.total_cost()) headers.add("x-maester-cost-usd", cost->to_string());
  }
  return headers;
}

wire::Headers stream_headers(const Call& call) {
  wire::Headers headers = answer_headers(call);
  headers.add("content-type", "text/event-stream; charset=utf-8");
  headers.add("cache-control", "no-cache");
  headers.add("x-accel-buffering", "no");
  if (call.held_back) headers.add("x-maester-buffered", "1");
  return headers;
}

}  // namespace maester::gateway
