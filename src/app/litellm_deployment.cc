#include "app/litellm_deployment.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "app/address.h"
#include "app/litellm_provider.h"
#include "wire/url.h"

namespace maester::app {
namespace {

// LiteLLM's names of prices per token, and ours per million.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPrices = {{
    {"input_cost_per_token", "input_per_mtok"},
    {"output_cost_per_token", "output_per_mtok"},
    {"cache_read_input_token_cost", "cached_input_per_mtok"},
    {"cache_creation_input_token_cost", "cache_write_per_mtok"},
    {"output_cost_per_reasoning_token", "reasoning_per_mtok"},
}};

constexpr std::array<std::string_view, 18> kRead = {"model",
                                                    "api_key",
                                                    "api_base",
                                                    "base_url",
                                                    "weight",
                                                    "rpm",
                                                    "tpm",
                                                    "order",
                                                    "region_name",
                                                    "tags",
                                                    "api_version",
                                                    "custom_llm_provider",
                                                    "aws_region_name",
                                                    "aws_access_key_id",
                                                    "aws_secret_access_key",
                                                    "vertex_project",
                                                    "vertex_location",
                                                    "aws_session_token"};
// What LiteLLM calls the kinds of models that are served here.
constexpr std::array<std::string_view, 5> kModes = {"chat", "completion", "responses", "embedding",
                                                    "rerank"};

void note(LitellmModel& out, std::string where, std::string why) {
  out.notes.push_back({std::move(where), std::move(why)});
}

// "openai/gpt-4o" -> openai, gpt-4o. A bare name is OpenAI's, or Anthropic's when it says so.
std::pair<std::string, std::string> split_model(const std::string& model,
                                                const std::string& given) {
  if (!given.empty()) {
    return {given, model.starts_with(given + "/") ? model.substr(given.size() + 1) : model};
  }
  const std::size_t slash = model.find('/');
  if (slash == std::string::npos)
    return {model.starts_with("claude") ? "anthropic" : "openai", model};
  return {model.substr(0, slash), model.substr(slash + 1)};
}

// Plain http and this machine need to be opened by the operator.
void open_egress(const std::string& url, LitellmModel& out) {
  const auto parsed = wire::parse_url(url);
  if (!parsed || (parsed->origin.tls && !is_loopback(parsed->origin.host))) return;
  const std::string& host = parsed->origin.host;
  const bool v6 = host.find(':') != std::string::npos;
  const std::string address =
      (v6 ? "[" + host + "]" : host) + ":" + std::to_string(parsed->origin.port);
  if (std::find(out.egress.begin(), out.egress.end(), address) == out.egress.end())
    out.egress.push_back(address);
}

const std::string& provider_for(LitellmModel& out, std::string name, LitellmProvider wanted) {
  int same = 1;
  for (const LitellmProvider& one : out.providers) {
    if (one.kind == wanted.kind && one.base_url == wanted.base_url &&
        one.api_key == wanted.api_key && one.more == wanted.more) {
      return one.name;
    }
    if (one.name == name || one.name.starts_with(name + "-")) ++same;
  }
  std::replace(name.begin(), name.end(), '_', '-');
  wanted.name = same == 1 ? name : name + "-" + std::to_string(same);
  if (!wanted.base_url.empty()) open_egress(wanted.base_url, out);
  return out.providers.emplace_back(std::move(wanted)).name;
}

void read_prices(const YAML::Node& params, const YAML::Node& info, const std::string& where,
                 LitellmDeployment& deployment, LitellmModel& out) {
  for (const auto& [theirs, ours] : kPrices) {
    const std::string key(theirs);
    const YAML::Node given = params[key] ? params[key] : (info ? info[key] : YAML::Node());
    if (!given || !given.IsDefined() || given.IsNull()) continue;
    if (const auto price = litellm_price(scalar(given))) {
      deployment.price[std::string(ours)] = *price;
    } else {
      note(out, where + ".litellm_params." + key, "is no price that can be written exactly");
    }
  }
}

std::string why_left(std::string_view key) {
  if (key == "organization")
    return "has no place in the configuration; callers send it as a header";
  if (key.starts_with("aws_"))
    return "roles are not assumed and profiles are not read: give keys, or a Bedrock API key";
  if (key == "vertex_credentials")
    return "tokens are not fetched: put one that something else renews into VERTEX_ACCESS_TOKEN";
  if (key == "azure_ad_token" || key == "tenant_id" || key == "client_id" || key == "client_secret")
    return "tokens of Entra ID are not fetched: give an `api_key`";
  if (key == "max_tokens" || key == "temperature" || key == "top_p" || key == "seed")
    return "defaults of request fields are not set by the gateway: send them with the request, or "
           "keep them in a prompt's `config`";
  if (key == "timeout" || key == "stream_timeout" || key == "max_retries" || key == "num_retries")
    return "timeouts and retries belong to a route here, not to one deployment";
  if (key == "max_parallel_requests")
    return "is not a setting of a deployment: make a limit with POST /v1/limits";
  return "has no counterpart";
}

void note_the_rest(const YAML::Node& params, const std::string& where, LitellmModel& out) {
  for (const auto& entry : params) {
    const std::string key = scalar(entry.first);
    const bool price = std::any_of(kPrices.begin(), kPrices.end(),
                                   [&](const auto& one) { return one.first == key; });
    if (price || std::find(kRead.begin(), kRead.end(), key) != kRead.end()) continue;
    note(out, where + ".litellm_params." + key, why_left(key));
  }
  if (params["tags"]) note(out, where + ".litellm_params.tags", "tag routing has no counterpart");
}

void read_info(const YAML::Node& info, const std::string& where, LitellmDeployment& deployment,
               LitellmModel& out) {
  if (!info || !info.IsMap()) return;
  deployment.max_output_tokens = whole_number(info["max_output_tokens"]);
  const std::string mode = scalar(info["mode"]);
  if (!mode.empty() && std::find(kModes.begin(), kModes.end(), mode) == kModes.end()) {
    note(out, where + ".model_info.mode",
         "`" + mode + "`: chats, completions, embeddings and rankings are what is served");
  }
  for (const auto& entry : info) {
    const std::string key = scalar(entry.first);
    const bool price = std::any_of(kPrices.begin(), kPrices.end(),
                                   [&](const auto& one) { return one.first == key; });
    if (price || key == "max_output_tokens" || key == "mode") continue;
    note(out, where + ".model_info." + key, "has no counterpart");
  }
}

}  // namespace

std::string scalar(const YAML::Node& node) {
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

std::optional<std::int64_t> whole_number(const YAML::Node& node) {
  const std::string text = scalar(node);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> milliseconds_of(const YAML::Node& node) {
  const std::string text = scalar(node);
  double seconds = 0;  // of time, not money
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds <= 0 ||
      seconds > 86'400) {
    return std::nullopt;
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000));
}

void read_deployment(const YAML::Node& entry, const std::string& where, LitellmModel& out) {
  if (!entry.IsMap() || !entry["litellm_params"] || !entry["litellm_params"].IsMap())
    return note(out, where, "left out: it needs `model_name` and `litellm_params.model`");
  const YAML::Node params = entry["litellm_params"];
  LitellmDeployment deployment;
  deployment.asked = scalar(entry["model_name"]);
  const std::string model = scalar(params["model"]);
  if (deployment.asked.empty() || model.empty())
    return note(out, where, "left out: it needs `model_name` and `litellm_params.model`");
  auto [prefix, upstream] = split_model(model, scalar(params["custom_llm_provider"]));
  auto provider = litellm_provider(prefix, upstream, params);
  if (!provider) return note(out, where + provider.error().param, provider.error().message);
  const bool pattern = deployment.asked.find('*') != std::string::npos;
  if (pattern && (!deployment.asked.ends_with("/*") || deployment.asked.size() < 3 ||
                  deployment.asked.find('*') + 1 != deployment.asked.size())) {
    return note(out, where,
                "left out: `" + deployment.asked +
                    "`: here a star stands at the end after a slash, as in openai/*");
  }
  if (pattern && upstream != "*")
    return note(out, where,
                "left out: a pattern passes the name on as it is, so it needs `" + prefix +
                    "/*` as its model");
  deployment.provider = provider_for(out, prefix, std::move(*provider));
  if (!pattern) deployment.upstream = upstream;
  deployment.region = scalar(params["region_name"]);
  deployment.weight = whole_number(params["weight"]);
  deployment.rpm = whole_number(params["rpm"]);
  deployment.tpm = whole_number(params["tpm"]);
  deployment.order = whole_number(params["order"]);
  const YAML::Node info = entry["model_info"];
  read_prices(params, info, where, deployment, out);
  read_info(info, where, deployment, out);
  note_the_rest(params, where, out);
  if (deployment.rpm || deployment.tpm) {
    note(out, where + ".litellm_params.rpm",
         "rpm and tpm weigh the deployments of `" + deployment.asked +
             "` when no weights are given; they bound nothing: a provider's 429 pauses the "
             "deployment, and POST /v1/limits bounds callers");
  }
  out.deployments.push_back(std::move(deployment));
}

}  // namespace maester::app
