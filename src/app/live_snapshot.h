// The one place that makes the snapshot which requests see: out of the configuration and the price
// book in force. A change of either goes through here, one at a time, so that neither puts the
// other back.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "app/transports.h"
#include "gateway/config.h"
#include "gateway/routing/snapshot.h"
#include "meter/price_book.h"

namespace maester::app {

class LiveSnapshot {
 public:
  using BookPtr = std::shared_ptr<const meter::PriceBook>;
  // Runs once the snapshot is made and before anybody sees it, to make the change durable; a
  // failure drops it.
  using Commit = std::function<Status()>;

  // `cores` must be made; they need not run yet.
  static Result<std::unique_ptr<LiveSnapshot>> make(runtime::CorePool& cores, const Clock& clock,
                                                    gateway::Config config, BookPtr prices);

  gateway::SnapshotHolder& holder() { return *holder_; }

  // Blocking, thread-safe, not on a core. Requests that began before keep what they have.
  Status apply(gateway::Config config, const Commit& commit);
  Status apply(BookPtr prices, const Commit& commit);

 private:
  LiveSnapshot(runtime::CorePool& cores, const Clock& clock) : transports_(cores, clock) {}
  Result<std::shared_ptr<const gateway::Snapshot>> build(const gateway::Config& config,
                                                         const meter::PriceBook& prices);
  std::mutex mutex_;  // guards all below
  Transports transports_;
  gateway::HealthBoard health_;  // outlives every snapshot
  gateway::Config config_;
  BookPtr prices_;
  std::unique_ptr<gateway::SnapshotHolder> holder_;
};

}  // namespace maester::app
