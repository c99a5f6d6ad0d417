#include "api/budget_json.h"

namespace maester::api {

Result<meter::Scope> read_own_scope(const json::Value& value, const access::Principal& principal,
                                    bool with_model) {
  TRY_ASSIGN(meter::Scope scope, meter::read_scope(value, principal.tenant, with_model));
  if (scope.tenant != principal.tenant && !principal.manages_all_tenants()) {
    return fail(Code::forbidden,
                "Only an admin of tenant `default` may name another tenant than its own.",
                "scope.tenant");
  }
  return scope;
}

namespace {

void write_optional(json::Writer& w, std::string_view name, std::optional<std::int64_t> value) {
  w.key(name);
  value ? w.value(*value) : w.null();
}

}  // namespace

void write_limit(json::Writer& w, const meter::Limit& limit, const meter::Limiter& limiter,
                 const std::string& subject) {
  w.begin_object().field("id", limit.id).key("scope");
  meter::write(w, limit.scope);
  write_optional(w, "requests_per_minute", limit.requests_per_minute);
  write_optional(w, "tokens_per_minute", limit.tokens_per_minute);
  write_optional(w, "concurrency", limit.concurrency);
  write_optional(w, "burst", limit.burst);
  if (!meter::has_subjects(limit.scope) || !subject.empty()) {
    const meter::Limiter::Status now = limiter.status(limit, subject);
    w.key("remaining").begin_object();
    if (now.requests) w.field("requests", now.requests->remaining);
    if (now.tokens) w.field("tokens", now.tokens->remaining);
    if (now.concurrency) w.field("concurrency", now.concurrency->remaining);
    w.end_object();
  }
  w.field("created_at", format_rfc3339(limit.created_at)).end_object();
}

void write_budget_status(json::Writer& w, const meter::BudgetStatus& status) {
  const meter::Budget& budget = status.budget;
  const FemtoUsd used = status.settled + status.reserved;
  w.begin_object().field("id", budget.id).field("name", budget.name).key("scope");
  meter::write(w, budget.scope);
  w.field("window", to_string(budget.window)).field("limit_usd", budget.limit);
  w.field("hard", budget.hard).key("warn_at").begin_array();
  for (const int percent : budget.warn_at) w.value(percent);
  w.end_array().field("spent_usd", status.settled).field("reserved_usd", status.reserved);
  if (meter::has_subjects(budget.scope)) {
    w.field("subjects", status.subjects);  // spent and reserved are theirs together
  } else {
    w.field("remaining_usd", used < budget.limit ? budget.limit - used : FemtoUsd());
  }
  w.key("window_started_at");
  status.resets_at ? w.value(format_rfc3339(status.window_start)) : w.null();
  w.key("resets_at");
  status.resets_at ? w.value(format_rfc3339(*status.resets_at)) : w.null();
  w.field("created_at", format_rfc3339(budget.created_at)).end_object();
}

}  // namespace maester::api
