// Prices the past anew with the books and the configuration of now: what stands between an order
// (meter/recost_store.h) and its run (meter/recost.h). A run that a stop or a crash cut off begins
// anew at the next start, under its id.
#pragma once

#include <cstddef>
#include <string>

#include "access/audit.h"
#include "base/result.h"
#include "gateway/routing/publisher.h"
#include "meter/price_catalog.h"
#include "meter/recost.h"
#include "meter/recost_store.h"

namespace maester::gateway {

// Blocking. REQUIRES: on the control thread. All must outlive it.
class Recosting {
 public:
  Recosting(const SnapshotPublisher& publisher, meter::PriceCatalog& prices,
            meter::RecostStore& orders, meter::RecostRunner& runner)
      : publisher_(publisher), prices_(prices), orders_(orders), runner_(runner) {}

  // Durable, and in the audit log, before it begins. Code::conflict while another one runs;
  // Code::not_found for an unknown price version.
  Status start(const meter::RecostOrder& order, const access::Actor& actor);
  // What an earlier process left unfinished; answers how many are to be done. REQUIRES: the cores
  // run.
  Result<std::size_t> resume();
  // To be told of every run that ended. One that was stopped is still to be done.
  Status ended(const meter::RecostRun& run);

 private:
  Status run(const meter::RecostOrder& order, const std::function<Status()>& commit);
  const SnapshotPublisher& publisher_;
  meter::PriceCatalog& prices_;
  meter::RecostStore& orders_;
  meter::RecostRunner& runner_;
};

}  // namespace maester::gateway
