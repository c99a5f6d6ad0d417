// All policies and governed tools of one configuration, and which policy a request has. Immutable;
// a part of the snapshot.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/guard/policy.h"
#include "gateway/guard/tools.h"

namespace maester::gateway {
struct Config;
}

namespace maester::gateway::guard {

class Rulebook {
 public:
  static Result<std::shared_ptr<const Rulebook>> make(const Config& config);
  // Neither policies that anybody has nor governed tools.
  bool empty() const { return empty_; }
  // The key's policy, else the tenant's, else the route's, else the default; null for none.
  const Policy* policy_for(std::string_view tenant, std::string_view key,
                           std::string_view route_policy) const;
  const ToolBook& tools() const { return tools_; }

 private:
  const Policy* named(std::string_view name) const;
  std::map<std::string, std::shared_ptr<const Policy>, std::less<>> policies_;
  std::map<std::string, const Policy*, std::less<>> by_tenant_, by_key_;
  const Policy* fallback_ = nullptr;
  ToolBook tools_;
  bool empty_ = true;
};

}  // namespace maester::gateway::guard
