// An amount that the ledger has set aside.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/money.h"

namespace maester::meter {

class Ledger;

struct ScopeTotals {
  std::int64_t request_count = 0;  // settled requests
  FemtoUsd settled;
  FemtoUsd reserved;  // open reservations
  FemtoUsd counter;   // what a limit is compared with
  std::int64_t open = 0;
};

// Settled exactly once: by settle(), cancel() or, when its holder forgot, by its destructor, which
// charges the whole amount - a fault may only under-spend. Movable; must not outlive the ledger.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  bool open() const { return ledger_ != nullptr; }
  FemtoUsd amount() const { return amount_; }
  // Puts what was really spent in the place of the reservation, also after it expired; answers the
  // totals of its (first) account with it. More than the reservation is posted whole.
  // REQUIRES: open().
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

}  // namespace maester::meter
