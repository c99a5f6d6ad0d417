// What stands behind one of the ledger's locks. For ledger*.cc only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "meter/ledger.h"

namespace maester::meter {

struct Account {
  std::int64_t request_count = 0;
  FemtoUsd settled;
  FemtoUsd counter;  // settled + open reservations
  std::int64_t open = 0;
  int warned = 0;  // the highest threshold that was told of
};
// Shared with the open reservations: one that outlives its window, or its budget, is settled there.
using AccountPtr = std::shared_ptr<Account>;
using Accounts = std::unordered_map<std::string, AccountPtr>;  // by subject

// A budget and the counters of its newest window.
struct BudgetBook {
  Budget budget;
  bool removed = false;
  WallTime window{};  // never goes back
  Accounts accounts;
};

struct OpenReservation {
  std::vector<AccountPtr> accounts;
  FemtoUsd amount;   // still reserved; zero once expired
  FemtoUsd charged;  // by expiry, to be corrected by a late settlement
  Deadline expires = Deadline::never();
  bool expired = false;
};

struct alignas(64) Ledger::Shard {
  mutable std::mutex mutex;
  std::map<std::string, AccountPtr, std::less<>> scopes;  // of request budgets
  // By the tenant that the scope names, in order of creation.
  std::map<std::string, std::vector<std::shared_ptr<BudgetBook>>, std::less<>> books;
  std::unordered_map<std::uint64_t, OpenReservation> open;
  std::uint64_t next_id = 1;
  std::vector<Accounts> retired;  // of windows that ended: freed by expire(), outside the lock

  std::uint64_t add(OpenReservation reservation) {
    for (const AccountPtr& account : reservation.accounts) ++account->open;
    const std::uint64_t id = next_id++;
    open.emplace(id, std::move(reservation));
    return id;
  }
  BudgetBook* find(std::string_view tenant, std::string_view id) const;
};

}  // namespace maester::meter
