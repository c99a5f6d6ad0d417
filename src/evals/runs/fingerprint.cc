#include "evals/runs/fingerprint.h"

#include <algorithm>

#include "base/hash.h"
#include "codec/json_writer.h"

namespace maester::evals {
namespace {

using gateway::Config;
using gateway::ModelConfig;
using gateway::ProviderConfig;
using gateway::RouteConfig;

template <class List>
auto find_named(const List& list, std::string_view name) -> decltype(list.data()) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

const ModelConfig* find_model(const Config& config, std::string_view name) {
  if (const ModelConfig* model = find_named(config.models, name)) return model;
  for (const ModelConfig& one : config.models) {
    if (one.is_pattern() &&
        name.starts_with(std::string_view(one.name).substr(0, one.name.size() - 1)))
      return &one;
  }
  return nullptr;
}

void write_provider(json::Writer& w, const ProviderConfig& provider) {
  w.key("provider").begin_object().field("name", provider.name);
  w.field("kind", static_cast<int>(provider.kind)).field("base_url", provider.base_url);
  w.field("region", provider.region).field("api_version", provider.api_version);
  w.field("think_tags", provider.think_tags).field("responses", provider.responses);
  w.field("flavor", provider.simulated.flavor).end_object();
}

void write_model(json::Writer& w, const Config& config, const ModelConfig& model,
                 std::string_view name) {
  w.begin_object().field("name", name);
  w.field("upstream", model.upstream_model).field("region", model.region);
  w.field("max_output_tokens", model.max_output_tokens.value_or(0));
  w.field("context_length", model.context_length.value_or(0));
  w.field("tools", model.tools).field("vision", model.vision);
  w.field("json_schema", model.json_schema).field("prefill", model.prefill);
  if (const ProviderConfig* provider = find_named(config.providers, model.provider))
    write_provider(w, *provider);
  w.end_object();
}

void write_route(json::Writer& w, const Config& config, const RouteConfig& route) {
  w.begin_object().field("route", route.name).field("strategy", static_cast<int>(route.strategy));
  w.field("region", route.region).field("policy", route.policy).key("targets").begin_array();
  const auto target = [&](const std::string& name, std::uint32_t weight) {
    w.begin_object().field("weight", weight).key("model");
    const ModelConfig* model = find_model(config, name);
    model == nullptr ? static_cast<void>(w.null()) : write_model(w, config, *model, name);
    w.end_object();
  };
  for (const auto& one : route.targets) target(one.model, one.weight);
  for (const std::string& one : route.on_context_length) target(one, 0);
  for (const std::string& one : route.on_content_filter) target(one, 0);
  w.end_array().end_object();
}

void write_tool(json::Writer& w, const gateway::guard::ToolConfig& tool) {
  w.begin_object().field("name", tool.name).field("version", tool.version);
  w.field("schema", tool.schema).field("enabled", tool.enabled).end_object();
}

std::string digest(const std::string& text) {
  return sha256_hex(text).substr(0, 16);
}

}  // namespace

std::string model_fingerprint(const Config& config, std::string_view asked) {
  const std::string_view name = asked.empty() ? std::string_view(config.default_model) : asked;
  std::string text;
  json::Writer w(text);
  if (const RouteConfig* route = find_named(config.routes, name)) {
    write_route(w, config, *route);
  } else if (const ModelConfig* model = find_model(config, name)) {
    write_model(w, config, *model, name);
  } else {
    return {};
  }
  return digest(text);
}

std::string policy_fingerprint(const gateway::Snapshot& snapshot, std::string_view tenant,
                               std::string_view key, std::string_view model) {
  const RouteConfig* route = find_named(snapshot.config().routes, model);
  const auto* policy = snapshot.rulebook().policy_for(
      tenant, key, route == nullptr ? std::string_view() : std::string_view(route->policy));
  return policy == nullptr ? std::string() : policy->name() + "@" + policy->version();
}

std::string tool_fingerprint(const Config& config, std::string_view tenant, std::string_view tool) {
  const gateway::guard::ToolConfig* found = nullptr;
  for (const auto& one : config.tools) {
    if (one.name != tool || (!one.tenant.empty() && one.tenant != tenant)) continue;
    if (found == nullptr || !one.tenant.empty()) found = &one;
  }
  if (found == nullptr) return {};
  std::string text;
  json::Writer w(text);
  write_tool(w, *found);
  return digest(text);
}

std::string tools_fingerprint(const Config& config, std::string_view tenant) {
  std::string text;
  json::Writer w(text);
  w.begin_array();
  std::size_t count = 0;
  for (const auto& one : config.tools) {
    if (!one.tenant.empty() && one.tenant != tenant) continue;
    write_tool(w, one);
    ++count;
  }
  w.end_array();
  return count == 0 ? std::string() : digest(text);
}

void add_fingerprints(const gateway::Snapshot& snapshot, std::string_view tenant,
                      std::string_view key, std::string_view model, Candidate& out) {
  const auto put = [&](const char* name, std::string value) {
    if (!value.empty()) out.insert_or_assign(name, std::move(value));
  };
  put("model_fingerprint", model_fingerprint(snapshot.config(), model));
  put("policy_fingerprint", policy_fingerprint(snapshot, tenant, key, model));
  put("tool_schema_fingerprint", tools_fingerprint(snapshot.config(), tenant));
  put("config", snapshot.version());
}

}  // namespace maester::evals
