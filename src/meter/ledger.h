// The money that is being spent right now: reservations against budgets, in memory, per process.
// The journal is the truth behind it; at start the totals are loaded from its projection
// (UsageStore::scope_totals, UsageStore::budget_totals).
//
// For every account, at every instant: sum of settled amounts + sum of open reservations == counter
// (invariant I4), exactly. A hard budget's counter never passes its limit by a reservation; only a
// settlement above its reservation could, and that is the provider's breach of what it was sent.
//
// Two kinds of account. A request budget's scope (CONTRACT.md §5) only adds up; the request itself
// has the limit. A budget over time has one account for each window - and for each subject, when
// its scope has a "*" - and a limit for it. A reservation stays with the account it was made in:
// what crosses a window's end is charged to the window in which it began. Windows go by wall clock
// and never back: a clock that is set back stays in the window that it had reached.
//
// All budgets that cover one request belong to one tenant, and everything of a tenant stands behind
// one lock (of 64, by the tenant's hash): a whole chain is compared and reserved in one step, and
// there is no order of locks to get wrong. The lock is held for a few hundred nanoseconds and never
// across a suspension. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "meter/budget.h"
#include "meter/ledger_mutant.h"
#include "meter/reservation.h"

namespace maester::meter {

struct BudgetBook;

// A budget as it stands.
struct BudgetStatus {
  Budget budget;
  WallTime window_start{};
  std::optional<WallTime> resets_at{};  // nullopt: never
  FemtoUsd settled{}, reserved{};       // over all subjects
  std::size_t subjects = 0;             // counters in use, 0 for a scope without "*"
};

// Why nothing was reserved.
struct BudgetRefusal {
  BudgetStatus status;              // of the subject's own counter
  std::optional<FemtoUsd> asked{};  // nullopt: the cost has no bound (no price, or no size)
};

// A budget that stands at or above one of its thresholds, with what was just reserved.
struct BudgetWarning {
  std::string id, name;
  int percent = 0;  // the threshold
  bool hard = false;
  bool first = false;  // crossed by this reservation
};

class Ledger {
 public:
  explicit Ledger(const Clock& clock, LedgerMutant mutant = LedgerMutant::none);
  ~Ledger();
  Ledger(const Ledger&) = delete;

  // ---- request budgets
  struct Ask {
    std::string_view tenant;
    std::string_view scope;
    FemtoUsd amount;                // worst case
    std::optional<FemtoUsd> limit;  // of this request
    Deadline expires = Deadline::never();
  };
  // Fails with Code::budget_exceeded when the amount is above the limit; nothing is reserved then.
  Result<Reservation> reserve(const Ask& ask);
  ScopeTotals totals(std::string_view tenant, std::string_view scope) const;
  // What earlier processes settled. REQUIRES: before the scope's first reservation.
  void load(std::string_view tenant, std::string_view scope, FemtoUsd settled,
            std::int64_t request_count);

  // ---- budgets over time
  // False: chain() is empty for everyone. One atomic load.
  bool has_budgets() const { return budgets_.load(std::memory_order_relaxed) != 0; }

  // The budgets that cover a spender, found once a request. A budget that is changed or removed
  // meanwhile is as it is at the next hold(); one that is added meanwhile is not in it.
  class Chain {
   public:
    bool empty() const { return links_.empty(); }
    bool hard() const { return hard_; }  // a hard budget is among them

   private:
    friend class Ledger;
    struct Link {
      std::shared_ptr<BudgetBook> book;
      std::string subject;
    };
    std::vector<Link> links_;
    std::size_t shard_ = 0;
    bool hard_ = false;
  };
  Chain chain(const Spender& spender) const;

  struct Held {
    Reservation reservation;
    std::vector<BudgetCharge> charges;
    std::vector<BudgetWarning> warnings;
  };
  // Sets the worst case aside in every budget of the chain, or in none. nullopt: it has no bound,
  // which a hard budget refuses and a soft one takes for nothing.
  std::expected<Held, BudgetRefusal> hold(const Chain& chain, std::optional<FemtoUsd> worst_case,
                                          Deadline expires);

  // A new definition, or a changed one: scope and window of a budget never change, and what was
  // spent stays. `id` is unique over all tenants.
  void put(const Budget& budget);
  void remove(std::string_view tenant, std::string_view id);  // `tenant`: the scope's
  // What earlier processes spent in a window. Older windows than the newest that is known are
  // forgotten. REQUIRES: after put(), before the first hold().
  void load_spent(std::string_view tenant, const BudgetCharge& charge, FemtoUsd settled);
  // Nullopt for an unknown id.
  std::optional<BudgetStatus> status(std::string_view tenant, std::string_view id) const;
  // Those that cover a request of this key whatever else it says.
  std::vector<BudgetStatus> covering(std::string_view tenant, std::string_view key) const;

  // Charges reservations that are past their expiry at their whole amount; answers how many. To be
  // called about once a second. A late settle() corrects the charge.
  std::size_t expire();

  // Adds every account up anew and compares with its counter (I4).
  bool conserved() const;

 private:
  friend class Reservation;
  struct Shard;
  static constexpr std::size_t kShards = 64;
  static std::size_t shard_of(std::string_view tenant);
  ScopeTotals finish(std::size_t shard, std::uint64_t id, FemtoUsd actual, bool count);

  const Clock& clock_;
  const LedgerMutant mutant_;
  std::atomic<std::size_t> budgets_{0};
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace maester::meter
