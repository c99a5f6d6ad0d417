#include "gateway/providers/registry.h"

#include <array>
#include <utility>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/openai/openai.h"

namespace maester::gateway {

namespace {

struct KnownHost {
  std::string_view host;
  std::string_view name;  // OpenTelemetry's
};
constexpr std::array kHosts = {KnownHost{"api.openai.com", "openai"},
                               KnownHost{"api.deepseek.com", "deepseek"},
                               KnownHost{"api.groq.com", "groq"},
                               KnownHost{"api.x.ai", "x_ai"},
                               KnownHost{"api.perplexity.ai", "perplexity"},
                               KnownHost{"api.mistral.ai", "mistral_ai"},
                               KnownHost{"api.moonshot.ai", "moonshot_ai"},
                               KnownHost{"api.cohere.ai", "cohere"},
                               KnownHost{"generativelanguage.googleapis.com", "gcp.gemini"}};

std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of(":/"));
}

std::string messages_path(std::string_view base_url) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  return base_url.ends_with("/v1") ? "/messages" : "/v1/messages";
}

}  // namespace

std::string compatible_semantic_name(const ProviderConfig& config) {
  const std::string_view host = host_of(config.base_url);
  for (const KnownHost& known : kHosts) {
    if (host == known.host) return std::string(known.name);
  }
  return config.name;
}

Adapters make_adapters(const ProviderConfig& config) {
  Adapters out;
  switch (config.kind) {
    case ProviderKind::openai:
      out.chat.push_back(openai::make_provider({.semantic_name = "openai", .tolerant = false}));
      break;
    case ProviderKind::anthropic:
      out.chat.push_back(anthropic::make_provider({.path = messages_path(config.base_url)}));
      break;
    case ProviderKind::openai_compatible:
      out.chat.push_back(openai::make_provider(
          {.semantic_name = compatible_semantic_name(config), .tolerant = true}));
      break;
    case ProviderKind::simulated:
      out.chat.push_back(openai::make_provider({.semantic_name = config.name, .tolerant = true}));
      break;
  }
  return out;
}

}  // namespace maester::gateway
