#include "gateway/routing/publisher.h"

#include "gateway/routing/price_lookup.h"

namespace maester::gateway {
namespace {

std::int64_t ns(WallTime at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> SnapshotPublisher::make() {
  return make(config_, transport_for_);
}

Result<std::shared_ptr<const Snapshot>> SnapshotPublisher::make(
    const Config& config, const Snapshot::TransportFor& transport_for) {
  const WallTime now = clock_.wall();
  TRY_ASSIGN(const meter::PriceBook book, catalog_.at(now));
  TRY_ASSIGN(auto snapshot, Snapshot::make(config, book, transport_for, health_));
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

Status SnapshotPublisher::publish(Config config, Snapshot::TransportFor transport_for,
                                  const std::function<Status()>& commit) {
  TRY_ASSIGN(auto snapshot, make(config, transport_for));
  TRY(commit());
  config_ = std::move(config);
  transport_for_ = std::move(transport_for);
  holder_->replace(std::move(snapshot));
  health_.prune();
  return {};
}

bool SnapshotPublisher::due() {
  std::int64_t next = next_;
  return ns(clock_.wall()) >= next && next_.compare_exchange_strong(next, INT64_MAX);
}

}  // namespace maester::gateway
