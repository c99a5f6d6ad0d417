#include <algorithm>

#include "gateway/pipeline/bound.h"
#include "gateway/pipeline/components.h"
#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/stages.h"
#include "gateway/routing/allowed.h"

namespace maester::gateway::stages {
namespace {

constexpr std::chrono::seconds kReservationGrace{60};

// Nullopt when the model is unpriced.
std::optional<Estimate> estimate(const Call& call, const Target& target) {
  if (!target.price) return std::nullopt;
  Estimate out;
  out.model = target.model;
  out.input_tokens = call.surface->estimate_input_tokens(call);
  out.output_tokens = output_limit(call, target) * call.chat.n.value_or(1);
  meter::Usage usage;
  usage.input = out.input_tokens;
  usage.output = out.output_tokens;
  if (target.price->has(meter::PriceField::query)) {
    usage.queries = most_queries(call.rerank);
    if (!target.price->has(meter::PriceField::input)) usage.input = 0;
  }
  if (target.price->has(meter::PriceField::request)) usage.requests = 1;
  const meter::CostBreakdown cost =
      meter::price_usage(*target.price, usage, {.region = target.provider->region});
  if (!cost.total) return std::nullopt;
  out.input_cost = *cost.input_cost;
  out.output_cost = *cost.output_cost;
  out.other_cost = *cost.other_cost + components_bound(call, target);
  return out;
}

// Puts the cheaper model's targets in place of the asked one's when they fit the budget.
bool downgrade(Call& call) {
  if (!call.options.allow_cheaper || call.budget.cheaper_model.empty()) return false;
  auto cheaper = resolve_for(call.principal, *call.snapshot, call.budget.cheaper_model);
  if (!cheaper) return false;
  const auto estimated = estimate(call, cheaper->targets.front());
  if (!estimated || estimated->total() > call.options.max_cost) return false;
  cheaper->timeouts = call.resolution.timeouts;
  call.resolution = std::move(*cheaper);
  call.budget.estimate = *estimated;
  call.budget.effective_model = estimated->model;
  call.budget.fallback_applied = true;
  call.budget.reason = "downgraded_to_cheaper_model";
  return true;
}

Status apply_budget(Call& call) {
  const Target& target = call.resolution.targets.front();
  BudgetOutcome& budget = call.budget;
  budget.effective_model = target.model;
  budget.cheaper_model = std::string(call.snapshot->cheaper_than(target.model));
  const auto estimated = estimate(call, target);
  if (!estimated) {
    budget.allowed = false;
    budget.reason = "model_is_unpriced";
    budget.estimate.model = target.model;
    return fail(call.surface->budget_refusal(call));
  }
  budget.estimate = *estimated;
  budget.reason = "within_budget";
  if (estimated->total() <= call.options.max_cost || downgrade(call)) return {};
  budget.allowed = false;
  budget.reason = "estimate_exceeds_budget";
  return fail(call.surface->budget_refusal(call));
}

}  // namespace

runtime::Task<Status> reserve(Call& call, const Services& services) {
  find_budgets(call, services);
  if (!call.options.budget_asked) co_return Status{};
  if (Status fits = apply_budget(call); !fits) {
    call.decision = Decision::refuse;
    auto journaling = journal_unsent(call, services, fits.error());
    CO_TRY(co_await std::move(journaling));
    co_return fits;
  }
  // Only targets that were estimated may answer: another one could cost more than what is reserved.
  call.resolution.targets.resize(1);
  call.send_max_tokens = call.budget.estimate.output_tokens / call.chat.n.value_or(1);
  meter::Ledger::Ask ask;
  ask.tenant = call.principal.tenant;
  ask.scope = call.options.budget_scope;
  ask.amount = call.budget.estimate.total();
  ask.limit = call.options.max_cost;
  ask.expires = Deadline::at(call.deadline.time() + kReservationGrace);
  CO_TRY_ASSIGN(call.reservation, services.ledger.reserve(ask));
  co_return Status{};
}

}  // namespace maester::gateway::stages
