// What a budget says: how much those whom its scope covers may spend in each window. A definition;
// what was spent is the ledger's (ledger.h).
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "meter/scope.h"
#include "meter/window.h"

namespace maester::meter {

struct Budget {
  std::string id;
  std::string owner;  // the tenant that made it and may change it
  std::string name;   // unique within the owner
  Scope scope;
  Window window = Window::total;
  FemtoUsd limit;
  bool hard = true;          // false: warns, refuses nothing
  std::vector<int> warn_at;  // percent of the limit, ascending, each once
  WallTime created_at{};
};

// One budget's part in a reservation, as the journal's records name it.
struct BudgetCharge {
  std::string budget;   // id
  std::string subject;  // "" unless the scope has a "*"
  WallTime window{};    // when it began; whole seconds
  bool operator==(const BudgetCharge&) const = default;
};

// Code::invalid_request, naming the field, when a budget cannot be as it is.
Status check(const Budget& budget);

}  // namespace maester::meter
