#include "gateway/guard/rulebook.h"

#include "gateway/config.h"
#include "wire/url.h"

namespace maester::gateway::guard {

Result<std::shared_ptr<const Rulebook>> Rulebook::make(const Config& config,
                                                       const TransportFor& transport_for) {
  auto out = std::make_shared<Rulebook>();
  for (const PolicyConfig& policy : config.policies) {
    TRY_ASSIGN(auto compiled, Policy::compile(policy));
    TRY(out->add_webhooks(*compiled, transport_for));
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

Status Rulebook::add_webhooks(const Policy& policy, const TransportFor& transport_for) {
  for (const Phase* phase : {&policy.input(), &policy.output()}) {
    for (const Rule& rule : phase->rules) {
      if (rule.config.type != RuleType::webhook) continue;
      TRY_ASSIGN(wire::Url url, wire::parse_url(rule.config.url));
      ProviderConfig like;  // the transport of real providers, with the same rules for addresses
      like.name = "webhook";
      like.kind = ProviderKind::openai_compatible;
      like.base_url = rule.config.url;
      url.origin.credential_id = "webhook/" + policy.name() + "/" + rule.config.name;
      webhooks_.emplace(&rule,
                        Webhook{transport_for(like), std::move(url.origin), std::move(url.path)});
    }
  }
  return {};
}

const Webhook* Rulebook::webhook(const Rule& rule) const {
  const auto found = webhooks_.find(&rule);
  return found == webhooks_.end() ? nullptr : &found->second;
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
