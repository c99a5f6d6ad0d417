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
