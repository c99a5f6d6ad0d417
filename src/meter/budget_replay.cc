#include "meter/budget_replay.h"

namespace maester::meter {

void BudgetReplay::add(Totals& totals, const std::string& tenant,
                       const std::vector<BudgetCharge>& charges, FemtoUsd amount) const {
  for (const BudgetCharge& charge : charges) totals[{tenant, charge}] += amount;
}

void BudgetReplay::take(const Intent& intent) {
  intents_.emplace(Attempt{intent.dimensions.tenant, intent.request_id, intent.attempt}, intent);
}

void BudgetReplay::take(const Settlement& settlement) {
  const std::string& tenant = settlement.dimensions.tenant;
  const bool first = settled_.insert({tenant, settlement.request_id, settlement.attempt}).second;
  if (!first && mutant_ != ReplayMutant::count_duplicates) return;
  add(settled_totals_, tenant, settlement.budgets, settlement.charge());
}

BudgetReplay::Totals BudgetReplay::totals() const {
  Totals out = settled_totals_;
  if (mutant_ == ReplayMutant::drop_reservations) return out;
  for (const auto& [attempt, intent] : intents_) {
    if (settled_.contains(attempt)) continue;
    add(out, std::get<0>(attempt), intent.budgets, intent.reserved.value_or(FemtoUsd()));
  }
  return out;
}

}  // namespace maester::meter
