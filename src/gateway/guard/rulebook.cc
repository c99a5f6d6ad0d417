#include "gateway/guard/rulebook.h"

#include "gateway/config.h"

namespace maester::gateway::guard {

Result<std::shared_ptr<const Rulebook>> Rulebook::make(const Config& config) {
  auto out = std::make_shared<Rulebook>();
  for (const PolicyConfig& policy : config.policies) {
    TRY_ASSIGN(auto compiled, Policy::compile(policy));
    out->policies_.emplace(policy.name, std::move(compiled));
  }
  for (const PolicyFor& one : config.policy_for) {
    auto& by = one.key.empty() ? out->by_tenant_ : out->by_key_;
    by.emplace(one.key.empty() ? one.tenant : one.key, out->named(one.policy));
  }
  out->fallback_ = out->named(config.default_policy);
  TRY_ASSIGN(out->tools_, ToolBook::make(config.tools, config.tool_rules));
  out->empty_ = out->policies_.empty() && out->tools_.empty();
  return out;
}

const Policy* Rulebook::named(std::string_view name) const {
  const auto found = policies_.find(name);
  return found == policies_.end() ? nullptr : found->second.get();
}

const Policy* Rulebook::policy_for(std::string_view tenant, std::string_view key,
                                   std::string_view route_policy) const {
  if (const auto at = by_key_.find(key); at != by_key_.end()) return at->second;
  if (const auto at = by_tenant_.find(tenant); at != by_tenant_.end()) return at->second;
  if (const Policy* route = named(route_policy)) return route;
  return fallback_;
}

}  // namespace maester::gateway::guard
