// Makes the snapshots: configuration and the prices that hold now, under one version each, and puts
// the newest where every core finds it. A request keeps the snapshot it began with.
#pragma once

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/routing/snapshot.h"
#include "meter/price_catalog.h"

namespace maester::gateway {

// Blocking (control.db): on the control thread, but for due(). All must outlive it.
class SnapshotPublisher {
 public:
  SnapshotPublisher(Config config, meter::PriceCatalog& catalog,
                    Snapshot::TransportFor transport_for, HealthBoard& health, const Clock& clock)
      : config_(std::move(config)),
        catalog_(catalog),
        transport_for_(std::move(transport_for)),
        health_(health),
        clock_(clock) {}

  // The snapshot of this instant. Its price book is kept by its version.
  Result<std::shared_ptr<const Snapshot>> make();
  void attach(SnapshotHolder& holder) { holder_ = &holder; }
  // make(), for all requests from now on; answers its price version. REQUIRES: attached.
  Result<std::string> publish();
  const Config& config() const { return config_; }

  // True once when prices have come into force that no snapshot has yet: publish() is to be
  // called. Thread-safe.
  bool due();

 private:
  Config config_;
  meter::PriceCatalog& catalog_;
  Snapshot::TransportFor transport_for_;
  HealthBoard& health_;
  const Clock& clock_;
  SnapshotHolder* holder_ = nullptr;
  std::atomic<std::int64_t> next_{INT64_MAX};  // ns since the epoch
};

}  // namespace maester::gateway
