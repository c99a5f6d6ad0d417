// The immutable root that one request sees: configuration, providers, models, routes and prices,
// under one version that every receipt names. A writer replaces it whole; each core keeps the one
// it saw last and looks again when the epoch moved.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/config.h"
#include "gateway/guard/rulebook.h"
#include "gateway/provider.h"
#include "gateway/routing/upstream.h"
#include "meter/price_book.h"
#include "runtime/published.h"
#include "wire/client.h"

namespace maester::gateway {

// One secret of a provider, and the origin under which its connections are pooled: no two
// credentials share one (THREATS.md R26).
struct Credential {
  wire::Header header;                          // "" = the provider asks for none
  std::shared_ptr<const RequestSigner> signer;  // null: the header is all
  wire::Origin origin;
};

// A configured provider with its adapters and its way out.
struct ProviderRuntime {
  ProviderConfig config;
  Adapters adapters;
  std::shared_ptr<wire::Transport> transport;
  wire::Origin origin;
  meter::Region region = meter::Region::global;  // of a regional endpoint, which may cost more
  std::string base_path;                         // "" or "/v1"
  std::vector<Credential> credentials;           // at least one, in the order of the configuration
};

// When a target of a resolution is tried: in its turn, or only after the failure that it is for.
enum class TargetUse : std::uint8_t { in_turn, context_length, content_filter };

// One model on one provider: what an attempt may be sent to.
struct Target {
  std::string model;  // as configured (a pattern's name filled in)
  std::string upstream_model;
  const ProviderRuntime* provider = nullptr;
  const Upstream* upstream = nullptr;              // lane i belongs to credential i; the snapshot's
  std::shared_ptr<const meter::ModelPrice> price;  // null: unpriced, which is not free
  std::optional<std::int64_t> max_output_tokens;
  std::optional<std::int64_t> context_length;
  const ModelConfig* config = nullptr;  // the snapshot's: what it can do
  std::uint32_t weight = 1;             // in its route
  TargetUse use = TargetUse::in_turn;
};

struct Resolution {
  std::string route;  // "" when a model was asked for directly
  // Every target that an attempt may go to: those in turn, at least one, in the order in which they
  // are tried; after them those for one kind of failure.
  std::vector<Target> targets;
  const RouteConfig* rules = nullptr;  // the snapshot's; null without a route
  Timeouts timeouts;
  int attempts = 3;
  int retry_budget_percent = 10;
};

class Snapshot {
 public:
  using TransportFor = std::function<std::shared_ptr<wire::Transport>(const ProviderConfig&)>;
  // `prices` without the configuration's own, which are put on top; `health` is what earlier
  // snapshots knew. Fails when a base URL or a price is out of bounds.
  static Result<std::shared_ptr<const Snapshot>> make(Config config, const meter::PriceBook& prices,
                                                      const TransportFor& transport_for,
                                                      HealthBoard& health);

  const Config& config() const { return config_; }
  const std::string& version() const { return config_.version; }
  const meter::PriceBook& prices() const { return *prices_; }
  const guard::Rulebook& rulebook() const { return *rulebook_; }  // policies and tools
  // A route's or a model's name; "" stands for the default model. Code::model_not_found otherwise.
  // For callers: resolve_for() in routing/allowed.h, which knows what their key may use.
  Result<Resolution> resolve(std::string_view name) const;
  static Error unknown(std::string_view name);  // what resolve() fails with
  // Where a shadow of the route's requests goes: one target, tried once, under the route's name,
  // region and timeouts. REQUIRES: a route of this snapshot that has a shadow.
  Result<Resolution> resolve_shadow(const RouteConfig& route) const;
  // The name of every model and route that can be asked for, sorted; patterns left out.
  std::vector<std::pair<std::string, std::string>> offered()
      const;  // name, owner (provider or "maester")
  // The cheaper model that stands in when a request budget would refuse this one (CONTRACT.md §5);
  // "" when none.
  std::string_view cheaper_than(std::string_view model) const;

 private:
  Result<Target> target(std::string_view name) const;
  Status add_targets(const RouteConfig& route, Resolution& out) const;
  Result<Resolution> resolve(const RouteConfig& route) const;
  void add_shadow(const RouteConfig& route);
  Target make_target(const ModelConfig& model, std::string_view asked) const;
  void set_price(Target& target, const ModelConfig& model) const;
  Status add_upstreams(HealthBoard& health);
  const ProviderRuntime* provider(std::string_view name) const;
  Config config_;
  std::shared_ptr<const meter::PriceBook> prices_;
  std::shared_ptr<const guard::Rulebook> rulebook_;
  std::vector<std::unique_ptr<ProviderRuntime>> providers_;
  std::vector<Upstream> upstreams_;                    // of config_.models, one each
  std::map<std::string, Target, std::less<>> models_;  // without patterns, resolved once
  std::map<std::string, const RouteConfig*, std::less<>> routes_;
  std::map<std::string, RouteConfig, std::less<>> shadows_;  // as routes of one target, by route
};

// Where the current snapshot is found.
using SnapshotHolder = runtime::Published<Snapshot>;

}  // namespace maester::gateway
