#include "api/gate_live.h"

#include <algorithm>

#include "evals/gates/candidate.h"

namespace maester::api {
namespace {

std::string live_prompt(const Dependencies& deps, std::string_view tenant,
                        const evals::Guarded& guards, const std::string& object) {
  const auto found = deps.prompts.resolve(
      tenant, object, {"", guards.slot == "*" ? std::string("production") : guards.slot});
  return found ? (*found)->version : "";
}

std::string live_index(const Dependencies& deps, std::string_view tenant,
                       const evals::Guarded& guards, const std::string& object) {
  const auto opened = deps.searcher.library().find(tenant, object);
  if (!opened || !(*opened)->live) return "";
  if (guards.kind == "chunking") return knowledge::identity_of_chunking((*opened)->live->spec);
  if (guards.kind == "adapter") return knowledge::identity_of_embedder((*opened)->live->spec);
  return (*opened)->live->name();
}

}  // namespace

std::string live_at(const Dependencies& deps, const gateway::Config& config,
                    std::string_view tenant, const evals::Guarded& guards,
                    const std::string& object) {
  const auto named = [&](const auto& all) {
    return std::ranges::find_if(all, [&](const auto& one) { return one.name == object; });
  };
  if (guards.kind == "prompt_label") return live_prompt(deps, tenant, guards, object);
  if (guards.kind == "index_version" || guards.kind == "chunking" || guards.kind == "adapter")
    return live_index(deps, tenant, guards, object);
  if (guards.kind == "model") return evals::fingerprint_of_model(config, object);
  if (guards.kind == "route_target") {
    const auto route = named(config.routes);
    if (route == config.routes.end() || route->targets.empty()) return "";
    const std::string& model = route->targets.front().model;
    return model + "@" + evals::fingerprint_of_model(config, model);
  }
  if (guards.kind == "policy") {
    const auto policy = named(config.policies);
    return policy == config.policies.end() ? "" : evals::fingerprint_of_policy(*policy);
  }
  const auto tool = named(config.tools);
  return tool == config.tools.end() ? "" : evals::fingerprint_of_tool(*tool);
}

}  // namespace maester::api
