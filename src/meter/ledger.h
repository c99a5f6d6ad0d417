// The money that is being spent right now: reservations against budgets, in memory, per process.
// The journal is the truth behind it; at start the scopes' totals are loaded from the projection
// (UsageStore::scope_totals).
//
// For every scope, at every instant: sum of settled amounts + sum of open reservations == counter
// (invariant I4), exactly. This version knows request budgets (one limit for one request's worst
// case) and keeps the totals of their scopes. Budgets over time and scopes within scopes attach
// where reserve() compares with the limit.
//
// Thread-safe; scopes are spread over locks that are held for a few instructions and never across a
// suspension.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"

namespace maester::meter {

class Ledger;

struct ScopeTotals {
  std::int64_t request_count = 0;  // settled requests
  FemtoUsd settled;
  FemtoUsd reserved;  // open reservations
  FemtoUsd counter;   // what a limit is compared with
  std::int64_t open = 0;
};

// An amount set aside. Settled exactly once: by settle(), cancel() or, when its holder forgot, by
// its destructor, which charges the whole amount - a fault may only under-spend. Movable; must not
// outlive the ledger.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  bool open() const { return ledger_ != nullptr; }
  FemtoUsd amount() const { return amount_; }
  // Puts what was really spent in the place of the reservation, also after it expired; answers the
  // scope's totals with it. More than the reservation is posted whole. REQUIRES: open().
  ScopeTotals settle(FemtoUsd actual);
  // Nothing was sent: gives the amount back, counts no request. REQUIRES: open().
  ScopeTotals cancel();

 private:
  friend class Ledger;
  Reservation(Ledger* ledger, std::size_t shard, std::uint64_t id, FemtoUsd amount)
      : ledger_(ledger), shard_(shard), id_(id), amount_(amount) {}
  Ledger* ledger_ = nullptr;
  std::size_t shard_ = 0;
  std::uint64_t id_ = 0;
  FemtoUsd amount_;
};

class Ledger {
 public:
  explicit Ledger(const Clock& clock) : clock_(clock) {}
  ~Ledger();
  Ledger(const Ledger&) = delete;

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

  // Charges reservations that are past their expiry at their whole amount; answers how many. To be
  // called about once a second. A late settle() corrects the charge.
  std::size_t expire();

  // Adds every scope up anew and compares with its counter (I4).
  bool conserved() const;

 private:
  friend class Reservation;
  struct Scope {
    std::int64_t request_count = 0;
    FemtoUsd settled;
    FemtoUsd counter;
    std::int64_t open = 0;
  };
  struct Open {
    Scope* scope = nullptr;  // a node of `scopes`, which never go away
    FemtoUsd amount;         // still reserved; zero once expired
    FemtoUsd charged;        // by expiry, to be corrected by a late settlement
    Deadline expires = Deadline::never();
    bool expired = false;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::map<std::string, Scope, std::less<>> scopes;
    std::unordered_map<std::uint64_t, Open> open;
    std::uint64_t next_id = 1;
  };
  static constexpr std::size_t kShards = 16;
  static std::string key(std::string_view tenant, std::string_view scope);
  static std::size_t shard_of(std::string_view key);
  static ScopeTotals totals_of(const Scope& scope);
  ScopeTotals finish(std::size_t shard, std::uint64_t id, FemtoUsd actual, bool count);

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace maester::meter
