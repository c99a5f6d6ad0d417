#include "gateway/routing/publisher.h"

#include "gateway/routing/price_lookup.h"

namespace maester::gateway {
namespace {

std::int64_t ns(WallTime at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> SnapshotPublisher::make() {
  const WallTime now = clock_.wall();
  TRY_ASSIGN(const meter::PriceBook book, catalog_.at(now));
  TRY_ASSIGN(auto snapshot, Snapshot::make(config_, book, transport_for_, health_));
  TRY(catalog_.keep(snapshot->prices(), now));
  const auto next = catalog_.next_change(now);
  next_ = next ? ns(*next) : INT64_MAX;
  return snapshot;
}

Result<std::string> SnapshotPublisher::publish() {
  TRY_ASSIGN(auto snapshot, make());
  std::string version = snapshot->prices().version();
  holder_->replace(std::move(snapshot));
  return version;
}

bool SnapshotPublisher::due() {
  std::int64_t next = next_;
  return ns(clock_.wall()) >= next && next_.compare_exchange_strong(next, INT64_MAX);
}

}  // namespace maester::gateway
