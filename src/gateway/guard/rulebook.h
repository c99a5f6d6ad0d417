// All policies and governed tools of one configuration, and which policy a request has. Immutable;
// a part of the snapshot.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/guard/policy.h"
#include "gateway/guard/tools.h"
#include "wire/client.h"

namespace maester::gateway {
struct Config;
struct ProviderConfig;
}  // namespace maester::gateway

namespace maester::gateway::guard {

// Where a rule of type webhook asks.
struct Webhook {
  std::shared_ptr<wire::Transport> transport;
  wire::Origin origin;
  std::string path;
};

class Rulebook {
 public:
  using TransportFor = std::function<std::shared_ptr<wire::Transport>(const ProviderConfig&)>;
  static Result<std::shared_ptr<const Rulebook>> make(const Config& config,
                                                      const TransportFor& transport_for);
  // Neither policies that anybody has nor governed tools.
  bool empty() const { return empty_; }
  // The key's policy, else the tenant's, else the route's, else the default; null for none.
  const Policy* policy_for(std::string_view tenant, std::string_view key,
                           std::string_view route_policy) const;
  const ToolBook& tools() const { return tools_; }
  const Webhook* webhook(const Rule& rule) const;  // null: the rule is none

 private:
  Status add_webhooks(const Policy& policy, const TransportFor& transport_for);
  const Policy* named(std::string_view name) const;
  std::map<std::string, std::shared_ptr<const Policy>, std::less<>> policies_;
  std::map<std::string, const Policy*, std::less<>> by_tenant_, by_key_;
  std::map<const Rule*, Webhook> webhooks_;
  const Policy* fallback_ = nullptr;
  ToolBook tools_;
  bool empty_ = true;
};

}  // namespace maester::gateway::guard
