// What budgets spent, added up straight from the journal's records: the plain definition that the
// projection is compared with (ledger_check.h), and the recovery of the simulation.
//
// An attempt is charged once, at its first settlement; one that has an intent and no settlement, at
// its reservation.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/money.h"
#include "meter/ledger_mutant.h"
#include "meter/records.h"

namespace maester::meter {

class BudgetReplay {
 public:
  struct Key {
    std::string tenant;
    BudgetCharge charge;
    auto operator<=>(const Key& o) const {
      return std::tie(tenant, charge.budget, charge.subject, charge.window) <=>
             std::tie(o.tenant, o.charge.budget, o.charge.subject, o.charge.window);
    }
    bool operator==(const Key&) const = default;
  };
  using Totals = std::map<Key, FemtoUsd>;

  explicit BudgetReplay(ReplayMutant mutant = ReplayMutant::none) : mutant_(mutant) {}

  // In any order, each as often as it stands in the journal.
  void take(const Intent& intent);
  void take(const Settlement& settlement);

  Totals totals() const;

 private:
  using Attempt = std::tuple<std::string, std::string, std::int64_t>;  // tenant, request, number
  void add(Totals& totals, const std::string& tenant, const std::vector<BudgetCharge>& charges,
           FemtoUsd amount) const;
  ReplayMutant mutant_;
  std::map<Attempt, Intent> intents_;
  std::set<Attempt> settled_;
  Totals settled_totals_;
};

}  // namespace maester::meter
