#include <algorithm>
#include <set>
#include <vector>

#include "app/config_bind.h"
#include "app/nearest.h"

namespace maester::app {
namespace {

using Names = std::vector<std::string_view>;

constexpr std::size_t kMaxTargets = 64;  // of one route

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// True when a model has that name, or a pattern such as "openai/*" covers it.
bool is_model(const gateway::Config& config, std::string_view name) {
  return std::any_of(config.models.begin(), config.models.end(), [&](const auto& model) {
    if (!model.is_pattern()) return model.name == name;
    const std::string_view prefix = std::string_view(model.name).substr(0, model.name.size() - 1);
    return name.size() > prefix.size() && name.starts_with(prefix);
  });
}

std::string none_or_near(std::string_view name, const Names& names) {
  const std::string near = did_you_mean(name, names);
  if (!near.empty() || names.empty() || names.size() > 8) return near;
  std::string out = "; there is ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += (i == 0 ? "`" : ", `") + std::string(names[i]) + "`";
  }
  return out;
}

std::optional<FemtoUsd> bind_amount(const Node& amount, ProblemList& problems) {
  if (!amount.given || !amount.valid) return std::nullopt;
  bool rounded = false;
  const auto parsed = FemtoUsd::parse(amount.text, &rounded);
  const FemtoUsd most = FemtoUsd::from_units(int128{1'000'000} * 1'000'000 * 1'000'000'000);
  if (!parsed || *parsed < FemtoUsd{} || *parsed > most) {
    problems.add(amount.place, "`" + std::string(amount.field->name) +
                                   "` must be a decimal from 0 to 1000000, such as \"0.40\", "
                                   "not `" +
                                   amount.text + "`");
    return std::nullopt;
  }
  // A price per token has 15 decimals, so one per million tokens has 9.
  if (rounded || parsed->units() % 1'000'000 != 0) {
    problems.add(amount.place, "`" + std::string(amount.field->name) +
                                   "` has more than 9 decimals: a token's price would not be "
                                   "exact");
  }
  return parsed;
}

std::optional<gateway::PriceOverride> bind_price(const Node& price, ProblemList& problems) {
  if (!price.given) return std::nullopt;
  gateway::PriceOverride out;
  out.input = bind_amount(price["input_per_mtok"], problems);
  out.cached_input = bind_amount(price["cached_input_per_mtok"], problems);
  out.cache_write = bind_amount(price["cache_write_per_mtok"], problems);
  out.output = bind_amount(price["output_per_mtok"], problems);
  out.reasoning = bind_amount(price["reasoning_per_mtok"], problems);
  out.cache_write_1h = bind_amount(price["cache_write_1h_per_mtok"], problems);
  out.audio_input = bind_amount(price["audio_input_per_mtok"], problems);
  out.audio_output = bind_amount(price["audio_output_per_mtok"], problems);
  out.request = bind_amount(price["per_request"], problems);
  out.search = bind_amount(price["per_search"], problems);
  return out;
}

void check_model_name(const Node& name, ProblemList& problems) {
  const std::size_t star = name.text.find('*');
  if (star != std::string::npos &&
      (star + 1 != name.text.size() || star < 2 || name.text[star - 1] != '/')) {
    problems.add(name.place, "`" + name.text +
                                 "`: a star stands only at the end, after a slash, as in "
                                 "\"openai/*\"");
  }
}

void bind_model(const Node& one, const Names& providers, gateway::Config& config,
                ProblemList& problems) {
  gateway::ModelConfig model;
  model.name = one["name"].text;
  model.provider = one["provider"].text;
  model.upstream_model = one["upstream_model"].text;
  model.price = bind_price(one["price"], problems);
  if (one["max_output_tokens"].given && one["max_output_tokens"].valid) {
    model.max_output_tokens = one["max_output_tokens"].number;
  }
  if (one["context_length"].given && one["context_length"].valid) {
    model.context_length = one["context_length"].number;
  }
  model.tools = one["tools"].flag;
  model.vision = one["vision"].flag;
  model.json_schema = one["json_schema"].flag;
  model.prefill = one["prefill"].flag;
  model.region = one["region"].text;
  model.batch_service_tier = one["batch"]["service_tier"].text;
  model.batch_price = one["batch"]["price"].flag;
  if (one["name"].valid) check_model_name(one["name"], problems);
  if (one["provider"].valid && !contains(providers, model.provider)) {
    problems.add(one["provider"].place, "unknown provider `" + model.provider + "`" +
                                            none_or_near(model.provider, providers));
  }
  config.models.push_back(std::move(model));
}

gateway::Strategy strategy_of(std::string_view text) {
  using gateway::Strategy;
  if (text == "weighted") return Strategy::weighted;
  if (text == "latency") return Strategy::latency;
  if (text == "cost") return Strategy::cost;
  return Strategy::priority;
}

gateway::Sticky sticky_of(std::string_view text) {
  using gateway::Sticky;
  if (text == "user") return Sticky::user;
  return text == "conversation" ? Sticky::conversation : Sticky::none;
}

void bind_route(const Node& one, const Names& models, gateway::Config& config,
                ProblemList& problems) {
  gateway::RouteConfig route;
  route.name = one["name"].text;
  route.strategy = strategy_of(one["strategy"].text);
  route.sticky = sticky_of(one["sticky"].text);
  if (route.sticky != gateway::Sticky::none && route.strategy != gateway::Strategy::weighted) {
    problems.add(one["sticky"].place, "`sticky` is for strategy `weighted` only");
  }
  route.region = one["region"].text;
  const Node& targets = one["targets"];
  if (targets.given && targets.valid && targets.items.empty()) {
    problems.add(targets.place, "route `" + route.name + "` needs at least one target");
  }
  const auto known = [&](const Node& model) {
    if (model.valid && !is_model(config, model.text)) {
      problems.add(model.place, "unknown model `" + model.text + "` in route `" + route.name + "`" +
                                    none_or_near(model.text, models));
    }
    return model.text;
  };
  for (const Node& target : targets.items) {
    route.targets.push_back(
        {known(target["model"]), static_cast<std::uint32_t>(target["weight"].number)});
  }
  for (const Node& model : one["fallbacks"]["context_length"].items)
    route.on_context_length.push_back(known(model));
  for (const Node& model : one["fallbacks"]["content_filter"].items)
    route.on_content_filter.push_back(known(model));
  const std::size_t all =
      route.targets.size() + route.on_context_length.size() + route.on_content_filter.size();
  if (all > kMaxTargets) {
    problems.add(targets.place, "route `" + route.name + "` has " + std::to_string(all) +
                                    " targets and fallbacks; it may have 64");
  }
  const Node& timeouts = one["timeouts"];
  route.timeouts.connect = milliseconds{timeouts["connect_ms"].number};
  route.timeouts.first_byte = milliseconds{timeouts["first_byte_ms"].number};
  route.timeouts.idle = milliseconds{timeouts["idle_ms"].number};
  route.timeouts.total = milliseconds{timeouts["total_ms"].number};
  route.timeouts.stream_total = milliseconds{timeouts["stream_total_ms"].number};
  route.retry_attempts = static_cast<int>(one["retry"]["attempts"].number);
  route.retry_budget_percent = static_cast<int>(one["retry"]["budget_percent"].number);
  const Node& hedge = one["hedge"];
  route.hedge.after = milliseconds{hedge["after_ms"].number};
  route.hedge.at_p95 = hedge["at_p95"].flag;
  route.hedge.percent = static_cast<int>(hedge["max_percent"].number);
  const Node& cache = one["cache"];
  if (cache["mode"].text == "exact") route.cache.mode = gateway::CacheMode::exact;
  if (cache["mode"].text == "semantic") route.cache.mode = gateway::CacheMode::semantic;
  route.cache.threshold = static_cast<float>(cache["threshold_percent"].number) / 100.0F;
  route.cache.ttl = std::chrono::seconds{cache["ttl_s"].number};
  if (const Node& model = cache["embedding_model"]; model.given) {
    route.cache.embedding_model = known(model);
    if (route.cache.mode != gateway::CacheMode::semantic)
      problems.add(model.place, "`embedding_model` is for `mode = \"semantic\"` only");
  }
  if (const Node& shadow = one["shadow"]; shadow.given)
    route.shadow = {known(shadow["model"]), static_cast<int>(shadow["percent"].number)};
  config.routes.push_back(std::move(route));
}

void bind_component(const Node& one, const Names& models, gateway::Config& config,
                    ProblemList& problems) {
  gateway::CostComponent component;
  component.name = one["name"].text;
  component.kind = one["kind"].text;
  if (one["per"].text == "tool_call") component.per = gateway::CostComponent::Per::tool_call;
  if (one["per"].text == "review") component.per = gateway::CostComponent::Per::review;
  component.price = bind_amount(one["price"], problems).value_or(FemtoUsd());
  component.at_most = one["at_most"].number;
  if (component.at_most > 1 && component.per != gateway::CostComponent::Per::tool_call) {
    problems.add(one["at_most"].place, "`at_most` above 1 goes with per = \"tool_call\" only");
  }
  for (const Node& model : one["models"].items) {
    if (model.valid && !is_model(config, model.text)) {
      problems.add(model.place, "unknown model `" + model.text + "` of cost component `" +
                                    component.name + "`" + none_or_near(model.text, models));
    }
    component.models.push_back(model.text);
  }
  config.cost_components.push_back(std::move(component));
}

}  // namespace

void bind_models(const Node& root, gateway::Config& config, ProblemList& problems) {
  Names providers, models;
  for (const auto& provider : config.providers) providers.push_back(provider.name);
  std::set<std::string_view> names;
  for (const Node& one : root["models"].items) {
    bind_model(one, providers, config, problems);
    if (!one["name"].valid) continue;
    models.push_back(one["name"].text);
    if (!names.insert(one["name"].text).second) {
      problems.add(one["name"].place, "two [[models]] are named `" + one["name"].text + "`");
    }
  }
  Names asked = models;
  for (const Node& one : root["routes"].items) {
    bind_route(one, models, config, problems);
    if (!one["name"].valid) continue;
    asked.push_back(one["name"].text);
    if (!names.insert(one["name"].text).second) {
      problems.add(one["name"].place,
                   "route `" + one["name"].text + "` has the name of a model or of another route");
    }
  }
  for (const Node& one : root["cost_components"].items) {
    bind_component(one, models, config, problems);
  }
  const Node& fallback = root["default_model"];
  config.default_model = fallback.text;
  if (fallback.valid && !fallback.text.empty() && !contains(asked, fallback.text) &&
      !is_model(config, fallback.text)) {
    problems.add(fallback.place, "unknown model or route `" + fallback.text +
                                     "` as `default_model`" + none_or_near(fallback.text, asked));
  }
}

}  // namespace maester::app
