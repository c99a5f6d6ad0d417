#include "evals/gates/candidate.h"

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "codec/json_canonical.h"
#include "codec/json_writer.h"

namespace maester::evals {
namespace {

using gateway::Config;
using gateway::ModelConfig;

std::string fingerprint_of(std::string_view canonical) {
  return sha256_hex(canonical).substr(0, 16);
}

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &T::name);
  return found == all.end() ? nullptr : &*found;
}

// The model that answers to a name: its own, or the longest pattern that it is under.
const ModelConfig* model_for(const Config& config, std::string_view name) {
  if (const ModelConfig* own = named(config.models, name)) return own;
  const ModelConfig* best = nullptr;
  for (const ModelConfig& model : config.models) {
    if (!model.is_pattern()) continue;
    const std::string_view prefix = std::string_view(model.name).substr(0, model.name.size() - 1);
    if (name.size() <= prefix.size() || !name.starts_with(prefix)) continue;
    if (best == nullptr || model.name.size() > best->name.size()) best = &model;
  }
  return best;
}

std::string upstream_of(const ModelConfig& model, std::string_view name) {
  if (!model.upstream_model.empty()) return model.upstream_model;
  return std::string(model.is_pattern() && name != model.name ? name.substr(model.name.size() - 1)
                                                              : name);
}

void write_provider(json::Writer& w, const Config& config, std::string_view name) {
  const auto* provider = named(config.providers, name);
  if (provider == nullptr) return;
  w.field("kind", static_cast<int>(provider->kind)).field("base_url", provider->base_url);
  w.field("region", provider->region).field("api_version", provider->api_version);
  w.field("think_tags", provider->think_tags).field("responses", provider->responses);
  if (provider->kind == gateway::ProviderKind::simulated)
    w.field("flavor", provider->simulated.flavor);
}

std::string fingerprint_of_definition(const Config& config, const ModelConfig& model,
                                      std::string_view name) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  write_provider(w, config, model.provider);
  // A simulated model answers with the name that it is asked by.
  w.field("model", upstream_of(model, name)).field("model_region", model.region);
  w.field("max_output_tokens", model.max_output_tokens.value_or(0));
  w.field("context_length", model.context_length.value_or(0));
  w.field("tools", model.tools).field("vision", model.vision);
  w.field("json_schema", model.json_schema).field("prefill", model.prefill);
  w.end_object();
  return fingerprint_of(text);
}

void write_rule(json::Writer& w, const gateway::guard::RuleConfig& rule) {
  const auto list = [&w](std::string_view name, const std::vector<std::string>& values) {
    w.key(name).begin_array();
    for (const std::string& value : values) w.value(value);
    w.end_array();
  };
  w.begin_object().field("type", to_string(rule.type));
  w.field("action", static_cast<int>(rule.action)).field("allow_on_error", rule.allow_on_error);
  list("kinds", rule.kinds);
  list("allow", rule.allow);
  list("deny", rule.deny);
  list("words", rule.words);
  list("patterns", rule.patterns);
  list("roles", rule.roles);
  w.field("max", rule.max_characters.value_or(-1)).field("min", rule.min_characters.value_or(-1));
  w.field("threshold", rule.threshold).field("schema", rule.schema);
  w.field("model", rule.model).field("url", rule.url).end_object();
}

void put(Candidate& out, std::string_view name, std::string value) {
  if (!value.empty()) out.insert_or_assign(std::string(name), std::move(value));
}

std::string fingerprints_of_tools(const Config& config, std::span<const std::string> names) {
  std::vector<std::string> all;
  for (const std::string& name : names) {
    if (const auto* tool = named(config.tools, name)) all.push_back(fingerprint_of_tool(*tool));
  }
  std::ranges::sort(all);
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : " ") + one;
  return out;
}

}  // namespace

std::string fingerprint_of_model(const Config& config, std::string_view name) {
  if (const auto* route = named(config.routes, name)) {
    std::string text;
    json::Writer w(text);
    w.begin_object().field("strategy", static_cast<int>(route->strategy));
    w.key("targets").begin_array();
    for (const gateway::RouteTarget& target : route->targets) {
      w.begin_object().field("model", fingerprint_of_model(config, target.model));
      w.field("weight", target.weight).end_object();
    }
    w.end_array().end_object();
    return fingerprint_of(text);
  }
  const ModelConfig* model = model_for(config, name);
  return model == nullptr ? "" : fingerprint_of_definition(config, *model, name);
}

std::string fingerprint_of_policy(const gateway::guard::PolicyConfig& policy) {
  std::string text;
  json::Writer w(text);
  w.begin_object().key("input").begin_array();
  for (const auto& rule : policy.input) write_rule(w, rule);
  w.end_array().key("output").begin_array();
  for (const auto& rule : policy.output) write_rule(w, rule);
  w.end_array().end_object();
  return fingerprint_of(text);
}

std::string fingerprint_of_tool(const gateway::guard::ToolConfig& tool) {
  std::string text;
  json::Writer w(text);
  w.begin_object().field("version", tool.version).field("schema", tool.schema);
  w.field("enabled", tool.enabled).end_object();
  return fingerprint_of(text);
}

std::string grading_of(const RunSpec& spec) {
  const bool lucky = spec.reducer == Reducer::pass_at_k && spec.repeats > 1;
  const auto assertions = json::Document::parse(spec.assertions.empty() ? "[]" : spec.assertions);
  const bool own = assertions && assertions->root().size() > 0;
  if (!lucky && !own && !spec.threshold) return {};
  std::string text;
  if (own) json::append_canonical(text, assertions->root());
  if (spec.threshold) text += " threshold " + std::to_string(*spec.threshold);
  if (lucky) text += " pass_at_k";
  return fingerprint_of(text);
}

std::string_view policy_of(const Config& config, std::string_view tenant, std::string_view key_id,
                           std::string_view model_or_route) {
  const gateway::PolicyFor* of_tenant = nullptr;
  for (const gateway::PolicyFor& one : config.policy_for) {
    if (!one.key.empty() && one.key == key_id) return one.policy;
    if (one.key.empty() && one.tenant == tenant) of_tenant = &one;
  }
  if (of_tenant != nullptr) return of_tenant->policy;
  const auto* route = named(config.routes, model_or_route);
  if (route != nullptr && !route->policy.empty()) return route->policy;
  return config.default_policy;
}

Candidate candidate_facts(const CandidateInput& input) {
  Candidate out;
  put(out, "config", input.config.version);
  if (!input.prompt.empty())
    put(out, "prompt", std::string(input.prompt) + "@" + std::string(input.prompt_version));
  put(out, "model", std::string(input.model));
  if (!input.model.empty())
    put(out, "model_fingerprint", fingerprint_of_model(input.config, input.model));
  const auto* policy = named(input.config.policies,
                             policy_of(input.config, input.tenant, input.key_id, input.model));
  if (policy != nullptr) put(out, "policy_fingerprint", fingerprint_of_policy(*policy));
  put(out, "tool_schema_fingerprint", fingerprints_of_tools(input.config, input.tools));
  if (!input.collection.empty() && input.index_version > 0)
    put(out, "index", std::string(input.collection) + "@v" + std::to_string(input.index_version));
  put(out, "parser", std::string(input.parsers));
  if (input.spec != nullptr) {
    put(out, "chunker", knowledge::identity_of_chunking(*input.spec));
    put(out, "embedder", knowledge::identity_of_embedder(*input.spec));
  }
  return out;
}

}  // namespace maester::evals
