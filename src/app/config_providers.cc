#include <algorithm>
#include <set>
#include <vector>

#include "app/address.h"
#include "app/config_bind.h"
#include "wire/url.h"

namespace maester::app {
namespace {

using gateway::ProviderKind;

constexpr std::string_view kOpenAiUrl = "https://api.openai.com/v1";
constexpr std::string_view kAnthropicUrl = "https://api.anthropic.com/v1";

ProviderKind kind_of(std::string_view text) {
  if (text == "anthropic") return ProviderKind::anthropic;
  if (text == "openai-compatible") return ProviderKind::openai_compatible;
  if (text == "simulated") return ProviderKind::simulated;
  return ProviderKind::openai;
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

void check_base_url(const Node& url, const std::vector<HostPort>& allowed, ProblemList& problems) {
  const std::string name = "`" + std::string(url.field->name) + "`";
  const auto parsed = wire::parse_url(url.text);
  if (!parsed) {
    problems.add(url.place, name + ": " + parsed.error().message);
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
  problems.add(url.place, name + " " + why + ": " +
                              (is_loopback(origin.host) ? "" : "use https, or ") + "add \"" +
                              address + "\" to egress.allow");
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

// What belongs to one kind only, and what a kind cannot do without.
void check_kind(const Node& one, const gateway::ProviderConfig& provider, ProblemList& problems) {
  const Node& url = one["base_url"];
  const bool simulated = provider.kind == ProviderKind::simulated;
  if (simulated && url.given) {
    problems.add(url.place, "a simulated provider has no `base_url`; remove it");
  }
  if (!simulated && one["simulated"].given) {
    problems.add(one["simulated"].place, "`simulated` is for providers of kind `simulated` only");
  }
  if (provider.kind == ProviderKind::openai_compatible && !url.given) {
    problems.add(one.place, "provider `" + provider.name + "` needs `base_url`");
  }
  const bool key_wrong = one["api_key"].given || one["api_keys"].given;
  if (!simulated && !url.given && provider.kind != ProviderKind::openai_compatible && !key_wrong) {
    problems.add(one.place, "provider `" + provider.name + "` needs `api_key`, such as \"${env:" +
                                (provider.kind == ProviderKind::openai ? "OPENAI" : "ANTHROPIC") +
                                "_API_KEY}\"");
  }
}

}  // namespace

void bind_providers(const Node& root, gateway::Config& config, ProblemList& problems) {
  const std::vector<HostPort> allowed = bind_egress(root, config, problems);
  std::set<std::string> names;
  for (const Node& one : root["providers"].items) {
    gateway::ProviderConfig provider;
    provider.name = one["name"].text;
    provider.kind = kind_of(one["kind"].text);
    if (one["name"].valid && !names.insert(provider.name).second) {
      problems.add(one["name"].place, "two [[providers]] are named `" + provider.name + "`");
    }
    const Node& url = one["base_url"];
    if (url.given) {
      provider.base_url = url.text;
      if (url.valid && provider.kind != ProviderKind::simulated) {
        check_base_url(url, allowed, problems);
      }
    } else if (provider.kind == ProviderKind::openai) {
      provider.base_url = kOpenAiUrl;
    } else if (provider.kind == ProviderKind::anthropic) {
      provider.base_url = kAnthropicUrl;
    }
    bind_secrets(one, provider, problems);
    bind_simulated(one["simulated"], provider.simulated);
    if (one["kind"].valid) check_kind(one, provider, problems);
    config.providers.push_back(std::move(provider));
  }
}

void check_outbound(const Node& url, const gateway::Config& config, ProblemList& problems) {
  std::vector<HostPort> allowed;
  for (const std::string& entry : config.egress_allow) {
    if (const auto address = parse_host_port(entry)) allowed.push_back(*address);
  }
  check_base_url(url, allowed, problems);
}

}  // namespace maester::app
