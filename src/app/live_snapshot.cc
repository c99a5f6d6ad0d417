#include "app/live_snapshot.h"

#include <utility>

namespace maester::app {

Result<std::unique_ptr<LiveSnapshot>> LiveSnapshot::make(runtime::CorePool& cores,
                                                         const Clock& clock, gateway::Config config,
                                                         BookPtr prices) {
  std::unique_ptr<LiveSnapshot> live(new LiveSnapshot(cores, clock));
  TRY_ASSIGN(auto first, live->build(config, *prices));
  live->config_ = std::move(config);
  live->prices_ = std::move(prices);
  live->holder_ = std::make_unique<gateway::SnapshotHolder>(std::move(first), cores.size());
  return live;
}

Result<std::shared_ptr<const gateway::Snapshot>> LiveSnapshot::build(
    const gateway::Config& config, const meter::PriceBook& prices) {
  TRY_ASSIGN(const auto transport_for, transports_.for_config(config));
  return gateway::Snapshot::make(config, prices, transport_for, health_);
}

Status LiveSnapshot::apply(gateway::Config config, const Commit& commit) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto next, build(config, *prices_));
  TRY(commit());
  config_ = std::move(config);
  holder_->replace(std::move(next));
  transports_.prune();
  health_.prune();
  return {};
}

Status LiveSnapshot::apply(BookPtr prices, const Commit& commit) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto next, build(config_, *prices));
  TRY(commit());
  prices_ = std::move(prices);
  holder_->replace(std::move(next));
  return {};
}

}  // namespace maester::app
