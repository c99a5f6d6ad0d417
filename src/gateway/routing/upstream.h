// What the process remembers about the providers it calls: per lane (one model with one credential
// at one provider) a breaker, a cool-down and how many calls it takes, per credential whether it is
// refused, per upstream (a model at a provider) its retry budget and how slow it is.
//
// The memory is found by name and outlives snapshots of the configuration: a reload changes rules,
// not what is known. Everything here is thread-safe and lock-free but HealthBoard, which is asked
// only when a snapshot is made.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/routing/adaptive_limit.h"
#include "gateway/routing/breaker.h"
#include "gateway/routing/hedge_budget.h"
#include "gateway/routing/peak_ewma.h"
#include "gateway/routing/retry_budget.h"

namespace maester::gateway {

// Not to be asked before a point in time. Only ever moves forward.
class CoolDown {
 public:
  void until(MonoTime t);
  nanoseconds left(MonoTime now) const {
    const std::int64_t left =
        until_.load(std::memory_order_relaxed) - now.time_since_epoch().count();
    return nanoseconds{left > 0 ? left : 0};
  }
  void clear() { until_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> until_{0};
};

struct CredentialState {
  Breaker access;  // opened by a 401
  CoolDown quota;  // its account is out of money
};

struct alignas(64) LaneState {
  Breaker calls;
  Breaker access;  // opened by a 403: this credential may not use this model
  CoolDown limit;  // 429
  AdaptiveLimit concurrency;
};

struct alignas(64) UpstreamState {
  RetryBudget retries;
  PeakEwma latency;
  HedgeBudget hedges;                  // of routes that hedge, as `slow`
  SlowestOfTwenty slow;                // times to the first byte
  std::atomic<std::uint32_t> turn{0};  // whose credential's turn it is
};

struct Lane {
  std::shared_ptr<LaneState> state;
  std::shared_ptr<CredentialState> credential;
};

// A model at a provider with its lanes, in the order of the provider's credentials; at least one.
struct Upstream {
  std::shared_ptr<UpstreamState> state;
  std::vector<Lane> lanes;
};

class HealthBoard {
 public:
  // `provider` names it with its address, `credentials` are digests, never secrets; none = one lane
  // without. What is there already is given again.
  Upstream upstream(std::string_view provider, std::string_view model,
                    const std::vector<std::string>& credentials);
  // Forgets what no snapshot uses any more.
  void prune();

 private:
  template <class State>
  using Map = std::map<std::string, std::shared_ptr<State>, std::less<>>;
  std::mutex mutex_;
  Map<UpstreamState> upstreams_;
  Map<LaneState> lanes_;
  Map<CredentialState> credentials_;
};

}  // namespace maester::gateway
