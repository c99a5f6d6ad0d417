#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "app/address.h"
#include "app/config_bind.h"
#include "wire/url.h"

namespace maester::app {
namespace {

using gateway::ProviderKind;

struct Kind {
  std::string_view name;
  ProviderKind kind;
  std::string_view base_url;  // "" = to be configured, or made of the region
  std::string_view variable;  // where its key is usually kept; "" = it may have none
};
constexpr std::array kKinds = {
    Kind{"openai", ProviderKind::openai, "https://api.openai.com/v1", "OPENAI_API_KEY"},
    Kind{"anthropic", ProviderKind::anthropic, "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"},
    Kind{"gemini", ProviderKind::gemini, "https://generativelanguage.googleapis.com/v1beta",
         "GEMINI_API_KEY"},
    Kind{"bedrock", ProviderKind::bedrock, "", "AWS_BEARER_TOKEN_BEDROCK"},
    Kind{"azure", ProviderKind::azure, "", "AZURE_OPENAI_API_KEY"},
    Kind{"mistral", ProviderKind::mistral, "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
    Kind{"cohere", ProviderKind::cohere, "https://api.cohere.com/v2", "COHERE_API_KEY"},
    Kind{"ollama", ProviderKind::ollama, "http://127.0.0.1:11434", ""},
    Kind{"openai-compatible", ProviderKind::openai_compatible, "", ""},
    Kind{"simulated", ProviderKind::simulated, "", ""}};

const Kind& kind_of(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.name == name; });
  return found == kKinds.end() ? kKinds.front() : *found;
}

std::vector<HostPort> bind_egress(const Node& root, gateway::Config& config,
                                  ProblemList& problems) {
  std::vector<HostPort> allowed;
  for (const Node& entry : root["egress"]["allow"].items) {
    if (!entry.valid) continue;
    const auto address = parse_host_port(entry.text);
    if (!address) {
      problems.add(entry.place, "`allow` names HOST:PORT, such as \"127.0.0.1:11434\", not `" +
                                    entry.text + "`");
      continue;
    }
    allowed.push_back(*address);
    config.egress_allow.push_back(entry.text);
  }
  return allowed;
}

// `url`: as configured, or the kind's own; `name`: of the setting; `place`: where the problem is.
void check_base_url(const std::string& url, std::string_view setting, const Place& place,
                    const std::vector<HostPort>& allowed, ProblemList& problems) {
  const std::string name = "`" + std::string(setting) + "`";
  const auto parsed = wire::parse_url(url);
  if (!parsed) {
    problems.add(place, name + ": " + parsed.error().message);
    return;
  }
  const wire::Origin& origin = parsed->origin;
  const bool named = std::any_of(allowed.begin(), allowed.end(), [&](const HostPort& one) {
    return one.host == origin.host && one.port == origin.port;
  });
  if (named || (origin.tls && !is_loopback(origin.host))) return;
  const bool v6 = origin.host.find(':') != std::string::npos;
  const std::string address =
      (v6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
  const std::string why = is_loopback(origin.host)
                              ? "is on this machine, where the server does not connect to unless "
                                "told"
                              : "is plain http, which shows the credential to the network";
  problems.add(place, name + " " + why + ": " + (is_loopback(origin.host) ? "" : "use https, or ") +
                          "add \"" + address + "\" to egress.allow");
}

void bind_secrets(const Node& one, gateway::ProviderConfig& out, ProblemList& problems) {
  const Node& single = one["api_key"];
  const Node& several = one["api_keys"];
  if (single.given && several.given) {
    problems.add(several.place,
                 "provider `" + out.name + "` has both `api_key` and `api_keys`; keep one");
  }
  if (single.given && single.valid) out.api_keys.emplace_back(single.text);
  for (const Node& item : several.items) {
    if (item.valid) out.api_keys.emplace_back(item.text);
  }
}

void bind_simulated(const Node& simulated, gateway::SimulatedConfig& out) {
  out.flavor = simulated["flavor"].text;
  out.latency = milliseconds{simulated["latency_ms"].number};
  out.chunk_latency = milliseconds{simulated["chunk_latency_ms"].number};
  out.fail_percent = static_cast<int>(simulated["fail_percent"].number);
  out.fail_status = static_cast<int>(simulated["fail_status"].number);
}

// What signs requests to Bedrock, in place of an API key.
void bind_aws(const Node& one, gateway::ProviderConfig& out, ProblemList& problems) {
  const Node& id = one["access_key_id"];
  const Node& secret = one["secret_access_key"];
  const Node& token = one["session_token"];
  if (!id.given && !secret.given && !token.given) return;
  if (!id.given || !secret.given) {
    problems.add(one.place, "provider `" + out.name +
                                "` needs both `access_key_id` and `secret_access_key`, or an "
                                "`api_key` in their place");
    return;
  }
  if (!out.api_keys.empty()) {
    problems.add(id.place,
                 "provider `" + out.name + "` has both an API key and `access_key_id`; keep one");
    return;
  }
  gateway::AwsCredential aws;
  aws.access_key_id = access::Secret(id.text);
  aws.secret_access_key = access::Secret(secret.text);
  if (token.given) aws.session_token = access::Secret(token.text);
  out.aws = std::move(aws);
}

// It becomes a part of a host name and of a signature.
bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// Fields that mean something to one kind only.
struct Owned {
  std::string_view field;
  ProviderKind kind;
  std::string_view kind_name;
};
constexpr std::array kOwned = {
    Owned{"simulated", ProviderKind::simulated, "simulated"},
    Owned{"region", ProviderKind::bedrock, "bedrock"},
    Owned{"access_key_id", ProviderKind::bedrock, "bedrock"},
    Owned{"secret_access_key", ProviderKind::bedrock, "bedrock"},
    Owned{"session_token", ProviderKind::bedrock, "bedrock"},
    Owned{"api_version", ProviderKind::azure, "azure"},
    Owned{"think_tags", ProviderKind::openai_compatible, "openai-compatible"}};

void check_owned(const Node& one, const gateway::ProviderConfig& provider, ProblemList& problems) {
  for (const Owned& owned : kOwned) {
    const Node& field = one[owned.field];
    if (!field.given || provider.kind == owned.kind) continue;
    problems.add(field.place, "`" + std::string(owned.field) + "` is for providers of kind `" +
                                  std::string(owned.kind_name) + "` only");
  }
}

// What a kind cannot do without.
void check_kind(const Node& one, const Kind& kind, const gateway::ProviderConfig& provider,
                ProblemList& problems) {
  const Node& url = one["base_url"];
  const auto need = [&](std::string_view field, const std::string& such_as) {
    problems.add(one.place, "provider `" + provider.name + "` needs `" + std::string(field) + "`" +
                                (such_as.empty() ? "" : ", such as \"" + such_as + "\""));
  };
  check_owned(one, provider, problems);
  if (provider.kind == ProviderKind::simulated) {
    if (url.given) problems.add(url.place, "a simulated provider has no `base_url`; remove it");
    return;
  }
  if (provider.kind == ProviderKind::openai_compatible && !url.given) need("base_url", "");
  if (provider.kind == ProviderKind::azure && !url.given) {
    need("base_url", "https://NAME.openai.azure.com");
  }
  if (provider.kind == ProviderKind::bedrock) {
    const Node& region = one["region"];
    if (!region.given)
      need("region", "us-east-1");
    else if (region.valid && !is_region(region.text))
      problems.add(region.place,
                   "`region` is a name such as `us-east-1`, not `" + region.text + "`");
  }
  const Node& version = one["api_version"];
  if (version.given && version.valid &&
      version.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") !=
          std::string::npos) {
    problems.add(version.place,
                 "`api_version` is a date such as `2024-10-21`, not `" + version.text + "`");
  }
  const bool has_key = one["api_key"].given || one["api_keys"].given ||
                       one["access_key_id"].given || one["secret_access_key"].given;
  if (!url.given && !kind.variable.empty() && !has_key) {
    need("api_key", "${env:" + std::string(kind.variable) + "}");
  }
}

// As configured, the kind's own, or that of the region.
std::string base_url_of(const Node& url, const Kind& kind, const std::string& region) {
  if (url.given) return url.text;
  if (kind.kind == ProviderKind::bedrock) {
    return "https://bedrock-runtime." + region + ".amazonaws.com";
  }
  return std::string(kind.base_url);
}

}  // namespace

void bind_providers(const Node& root, gateway::Config& config, ProblemList& problems) {
  const std::vector<HostPort> allowed = bind_egress(root, config, problems);
  std::set<std::string> names;
  for (const Node& one : root["providers"].items) {
    gateway::ProviderConfig provider;
    provider.name = one["name"].text;
    const Kind& kind = kind_of(one["kind"].text);
    provider.kind = kind.kind;
    if (one["name"].valid && !names.insert(provider.name).second) {
      problems.add(one["name"].place, "two [[providers]] are named `" + provider.name + "`");
    }
    const Node& url = one["base_url"];
    provider.region = one["region"].text;
    provider.api_version = one["api_version"].text;
    provider.think_tags = one["think_tags"].flag;
    provider.base_url = base_url_of(url, kind, provider.region);
    // The only one of the built-in addresses that has to be allowed is Ollama's.
    const bool check = url.given ? url.valid : kind.kind == ProviderKind::ollama;
    if (check && provider.kind != ProviderKind::simulated) {
      check_base_url(provider.base_url, "base_url", url.given ? url.place : one.place, allowed,
                     problems);
    }
    bind_secrets(one, provider, problems);
    bind_aws(one, provider, problems);
    bind_simulated(one["simulated"], provider.simulated);
    if (one["kind"].valid) check_kind(one, kind, provider, problems);
    config.providers.push_back(std::move(provider));
  }
}

void check_outbound(const Node& url, const gateway::Config& config, ProblemList& problems) {
  std::vector<HostPort> allowed;
  for (const std::string& entry : config.egress_allow) {
    if (const auto address = parse_host_port(entry)) allowed.push_back(*address);
  }
  check_base_url(url.text, url.field->name, url.place, allowed, problems);
}

}  // namespace maester::app
