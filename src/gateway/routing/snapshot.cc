#include "gateway/routing/snapshot.h"

#include <algorithm>

#include "base/hash.h"
#include "gateway/providers/registry.h"
#include "gateway/routing/price_lookup.h"
#include "wire/url.h"

namespace maester::gateway {
namespace {

// CONTRACT.md §5: what stands in for a model that does not fit a request's budget.
struct Cheaper {
  std::string_view model, instead;
};
constexpr Cheaper kCheaper[] = {{"gpt-4.1", "gpt-4.1-mini"},
                                {"claude-3-5-sonnet", "claude-3-5-haiku"}};

// OpenAI's regional endpoints, whose processing costs more: eu.api.openai.com.
meter::Region region_of(std::string_view host) {
  if (host == "eu.api.openai.com") return meter::Region::eu;
  return host == "us.api.openai.com" ? meter::Region::us : meter::Region::global;
}

// Tells credentials apart without showing them.
std::string digest_of(std::string_view secret) {
  return sha256_hex(secret).substr(0, 16);
}

Result<std::unique_ptr<ProviderRuntime>> make_runtime(const ProviderConfig& config,
                                                      const Snapshot::TransportFor& transport_for) {
  auto runtime = std::make_unique<ProviderRuntime>();
  runtime->config = config;
  runtime->adapters = make_adapters(config);
  runtime->transport = transport_for(config);
  if (config.kind != ProviderKind::simulated) {
    TRY_ASSIGN(const wire::Url url, wire::parse_url(config.base_url));
    runtime->origin = url.origin;
    runtime->region = region_of(url.origin.host);
    runtime->base_path = url.path == "/" ? "" : url.path;
  }
  for (const access::Secret& key : config.api_keys) {
    wire::Origin origin = runtime->origin;
    origin.credential_id = config.name + "/" + digest_of(key.reveal());
    runtime->credentials.push_back(
        {runtime->adapters.own().credential_header(key.reveal()), nullptr, std::move(origin)});
  }
  if (config.aws && runtime->credentials.empty()) {
    wire::Origin origin = runtime->origin;
    origin.credential_id = config.name + "/" + digest_of(config.aws->access_key_id.reveal());
    runtime->credentials.push_back({{}, make_signer(config), std::move(origin)});
  }
  if (runtime->credentials.empty()) runtime->credentials.push_back({{}, nullptr, runtime->origin});
  return runtime;
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> Snapshot::make(Config config,
                                                       const meter::PriceBook& prices,
                                                       const TransportFor& transport_for,
                                                       HealthBoard& health) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->config_ = std::move(config);
  TRY_ASSIGN(auto book, with_configured_prices(prices, snapshot->config_));
  snapshot->prices_ = std::make_shared<const meter::PriceBook>(std::move(book));
  TRY_ASSIGN(snapshot->rulebook_, guard::Rulebook::make(snapshot->config_, transport_for));
  for (const ProviderConfig& provider : snapshot->config_.providers) {
    TRY_ASSIGN(auto runtime, make_runtime(provider, transport_for));
    snapshot->providers_.push_back(std::move(runtime));
  }
  TRY(snapshot->add_upstreams(health));
  for (const ModelConfig& model : snapshot->config_.models) {
    if (model.is_pattern()) continue;
    snapshot->models_.emplace(model.name, snapshot->make_target(model, model.name));
  }
  for (const RouteConfig& route : snapshot->config_.routes) {
    snapshot->routes_.emplace(route.name, &route);
    if (!route.shadow.model.empty()) snapshot->add_shadow(route);
  }
  return snapshot;
}

void Snapshot::add_shadow(const RouteConfig& route) {
  RouteConfig shadow;
  shadow.name = route.name;
  shadow.region = route.region;
  shadow.targets = {{route.shadow.model}};
  shadow.timeouts = route.timeouts;
  shadow.retry_attempts = 1;
  shadow.retry_budget_percent = 0;
  shadows_.emplace(route.name, std::move(shadow));
}

const ProviderRuntime* Snapshot::provider(std::string_view name) const {
  const auto found = std::find_if(providers_.begin(), providers_.end(),
                                  [&](const auto& one) { return one->config.name == name; });
  return found == providers_.end() ? nullptr : found->get();
}

// All names that a pattern lets through are one upstream: what callers write does not make memory.
Status Snapshot::add_upstreams(HealthBoard& health) {
  for (const ModelConfig& model : config_.models) {
    const ProviderRuntime* from = provider(model.provider);
    if (from == nullptr) {
      return fail(Code::internal, "Model `" + model.name + "` names the unknown provider `" +
                                      model.provider + "`.");
    }
    std::vector<std::string> credentials;
    for (const access::Secret& key : from->config.api_keys)
      credentials.push_back(digest_of(key.reveal()));
    if (credentials.empty() && from->config.aws)
      credentials.push_back(digest_of(from->config.aws->access_key_id.reveal()));
    const bool named = !model.is_pattern() && !model.upstream_model.empty();
    upstreams_.push_back(health.upstream(from->config.name + " " + from->config.base_url,
                                         named ? model.upstream_model : model.name, credentials));
  }
  return {};
}

Target Snapshot::make_target(const ModelConfig& model, std::string_view asked) const {
  Target target;
  target.model = std::string(asked);
  target.upstream_model = model.upstream_model;
  if (target.upstream_model.empty()) {
    const std::size_t prefix = model.is_pattern() ? model.name.size() - 1 : 0;
    target.upstream_model = std::string(asked.substr(prefix));
  }
  target.provider = provider(model.provider);
  target.upstream = &upstreams_[static_cast<std::size_t>(&model - config_.models.data())];
  target.max_output_tokens = model.max_output_tokens;
  target.context_length = model.context_length;
  target.config = &model;
  set_price(target, model);
  return target;
}

void Snapshot::set_price(Target& target, const ModelConfig& model) const {
  if (!config_.price) return;
  const auto match =
      prices_->find(book_name(target.provider->config), target.upstream_model, model.name);
  if (!match) return;
  // The book outlives the target: both belong to this snapshot.
  target.price = std::shared_ptr<const meter::ModelPrice>(prices_, match->price);
  if (!target.max_output_tokens) target.max_output_tokens = match->price->max_output_tokens;
  if (!target.context_length) target.context_length = match->price->max_input_tokens;
}

Result<Target> Snapshot::target(std::string_view name) const {
  if (const auto found = models_.find(name); found != models_.end()) return found->second;
  const ModelConfig* best = nullptr;  // the longest pattern wins
  for (const ModelConfig& model : config_.models) {
    if (!model.is_pattern()) continue;
    const std::string_view prefix(model.name.data(), model.name.size() - 1);
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    if (best == nullptr || model.name.size() > best->name.size()) best = &model;
  }
  if (best != nullptr) return make_target(*best, name);
  return fail(unknown(name));
}

Error Snapshot::unknown(std::string_view name) {
  std::string message = "There is no model or route `" + std::string(name.substr(0, 128)) + "`.";
  if (name.empty()) message = "No model was named and no `default_model` is configured.";
  return make_error(Code::model_not_found, message + " GET /v1/models lists what there is.",
                    "model");
}

Status Snapshot::add_targets(const RouteConfig& route, Resolution& out) const {
  out.targets.reserve(route.targets.size() + route.on_context_length.size() +
                      route.on_content_filter.size());
  for (const RouteTarget& each : route.targets) {
    TRY_ASSIGN(Target one, target(each.model));
    one.weight = each.weight;
    out.targets.push_back(std::move(one));
  }
  const auto add = [&](const std::vector<std::string>& models, TargetUse use) -> Status {
    for (const std::string& model : models) {
      TRY_ASSIGN(Target one, target(model));
      one.use = use;
      out.targets.push_back(std::move(one));
    }
    return {};
  };
  TRY(add(route.on_context_length, TargetUse::context_length));
  return add(route.on_content_filter, TargetUse::content_filter);
}

Result<Resolution> Snapshot::resolve(const RouteConfig& route) const {
  Resolution out;
  out.route = route.name;
  out.timeouts = route.timeouts;
  out.attempts = route.retry_attempts;
  out.retry_budget_percent = route.retry_budget_percent;
  out.rules = &route;
  TRY(add_targets(route, out));
  return out;
}

Result<Resolution> Snapshot::resolve_shadow(const RouteConfig& route) const {
  return resolve(shadows_.find(route.name)->second);
}

Result<Resolution> Snapshot::resolve(std::string_view name) const {
  if (name.empty()) name = config_.default_model;
  if (const auto route = routes_.find(name); route != routes_.end()) return resolve(*route->second);
  Resolution out;
  TRY_ASSIGN(Target one, target(name));
  out.targets.push_back(std::move(one));
  return out;
}

std::vector<std::pair<std::string, std::string>> Snapshot::offered() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, target] : models_) out.emplace_back(name, target.provider->config.name);
  for (const auto& [name, route] : routes_) {
    if (!models_.contains(name)) out.emplace_back(name, "maester");
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string_view Snapshot::cheaper_than(std::string_view model) const {
  for (const Cheaper& pair : kCheaper) {
    if (pair.model == model && models_.contains(pair.instead)) return pair.instead;
  }
  return {};
}

}  // namespace maester::gateway
