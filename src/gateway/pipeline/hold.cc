#include "gateway/pipeline/hold.h"

#include "codec/json_writer.h"
#include "gateway/pipeline/bound.h"

namespace maester::gateway {
namespace {

constexpr std::chrono::seconds kReservationGrace{60};

Error refusal_error(const meter::BudgetRefusal& refusal) {
  const meter::BudgetStatus& status = refusal.status;
  const meter::Budget& budget = status.budget;
  std::string text = "Budget `" + budget.name + "` (" + describe(budget.scope) + "; window " +
                     std::string(to_string(budget.window)) + ") does not cover this request: ";
  if (refusal.asked) {
    text += "it may cost " + refusal.asked->to_string() + " USD";
  } else {
    text += "its cost has no known bound (a model without a price, or content of unknown size)";
  }
  text += "; spent " + status.settled.to_string() + ", reserved " + status.reserved.to_string() +
          " of " + budget.limit.to_string() + " USD. ";
  text += status.resets_at ? "It resets at " + format_rfc3339(*status.resets_at) + "."
                           : "It never resets: ask who owns it.";
  return make_error(Code::budget_exceeded, std::move(text));
}

void tell(const Call& call, const meter::BudgetWarning& warning, const Services& services) {
  services.metrics.budget_warnings.add();
  services.log.event(obs::Level::warn, "budget_threshold")
      .field("tenant", call.principal.tenant)
      .field("budget", warning.id)
      .field("name", warning.name)
      .field("percent", warning.percent)
      .field("hard", warning.hard);
}

}  // namespace

void find_budgets(Call& call, const Services& services) {
  if (!services.ledger.has_budgets()) return;
  call.budgets = services.ledger.chain({.tenant = call.principal.tenant,
                                        .key = call.principal.key_id,
                                        .user = call.options.user,
                                        .route = call.resolution.route,
                                        .prompt = call.prompt.name,
                                        .tags = call.options.metadata});
}

Status hold(Call& call, Attempt& attempt, const Services& services) {
  if (call.budgets.empty()) return {};
  if (call.budgets.hard() && call.operation == Operation::chat) {
    attempt.max_tokens = call.send_max_tokens.value_or(output_limit(call, *attempt.target));
  }
  attempt.worst_case = worst_case(call, *attempt.target);
  const auto expires = Deadline::at(call.deadline.time() + kReservationGrace);
  auto held = services.ledger.hold(call.budgets, attempt.worst_case, expires);
  if (!held) {
    call.refusal = std::move(held.error());
    services.metrics.budget_refusals.add();
    return fail(refusal_error(*call.refusal));
  }
  attempt.held = std::move(held->reservation);
  attempt.charges = std::move(held->charges);
  for (const meter::BudgetWarning& warning : held->warnings) {
    if (warning.first) tell(call, warning, services);
  }
  call.budget_warnings = std::move(held->warnings);
  return {};
}

std::optional<FemtoUsd> charge_without_cost(const Attempt& attempt) {
  if (!attempt.held.open() || (attempt.cost && attempt.cost->total)) return std::nullopt;
  return attempt.held.amount();
}

void release(Attempt& attempt) {
  if (!attempt.held.open()) return;
  const auto whole = charge_without_cost(attempt);
  attempt.held.settle(whole ? *whole : *attempt.cost->total + attempt.components);
}

std::string refusal_json(const meter::BudgetRefusal& refusal) {
  const meter::BudgetStatus& status = refusal.status;
  const meter::Budget& budget = status.budget;
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", budget.id).field("name", budget.name).key("scope");
  write(w, budget.scope);
  w.field("window", to_string(budget.window)).field("limit_usd", budget.limit);
  w.field("spent_usd", status.settled).field("reserved_usd", status.reserved).key("resets_at");
  status.resets_at ? w.value(format_rfc3339(*status.resets_at)) : w.null();
  w.key("asked_usd");
  refusal.asked ? w.value(*refusal.asked) : w.null();
  w.end_object();
  return out;
}

}  // namespace maester::gateway
