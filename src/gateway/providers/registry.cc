#include "gateway/providers/registry.h"

#include <array>
#include <utility>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/gemini/gemini.h"
#include "gateway/providers/jina/jina.h"
#include "gateway/providers/ollama/ollama.h"
#include "gateway/providers/openai/openai.h"

namespace maester::gateway {

namespace {

struct KnownHost {
  std::string_view host;
  std::string_view name;  // OpenTelemetry's, where it has one
};
constexpr std::array kHosts = {KnownHost{"api.openai.com", "openai"},
                               KnownHost{"api.deepseek.com", "deepseek"},
                               KnownHost{"api.groq.com", "groq"},
                               KnownHost{"api.x.ai", "x_ai"},
                               KnownHost{"api.perplexity.ai", "perplexity"},
                               KnownHost{"api.mistral.ai", "mistral_ai"},
                               KnownHost{"api.moonshot.ai", "moonshot_ai"},
                               KnownHost{"api.cohere.ai", "cohere"},
                               KnownHost{"api.cohere.com", "cohere"},
                               KnownHost{"openrouter.ai", "openrouter"},
                               KnownHost{"api.together.xyz", "together_ai"},
                               KnownHost{"api.fireworks.ai", "fireworks_ai"},
                               KnownHost{"api.cerebras.ai", "cerebras"},
                               KnownHost{"api.z.ai", "z_ai"},
                               KnownHost{"api.voyageai.com", "voyage"},
                               KnownHost{"api.jina.ai", "jina"},
                               KnownHost{"generativelanguage.googleapis.com", "gcp.gemini"}};

std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of(":/"));
}

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// `version` unless the base URL has it already: operators write both.
std::string below(std::string_view base_url, std::string_view version) {
  return without_slash(base_url).ends_with(version) ? std::string() : std::string(version);
}

// Chat completions and completions every imitator has; Responses few, and those that have not can
// be asked in chat completions instead.
void add_openai(Adapters& out, const openai::Config& config, bool responses = true) {
  out.chat.push_back(openai::make_provider(config));
  if (responses) out.chat.push_back(openai::make_responses_provider(config));
  out.chat.push_back(openai::make_completions_provider(config));
  out.embeddings = openai::make_embeddings(config);
}

void add_compatible(Adapters& out, const ProviderConfig& config) {
  add_openai(out,
             {.semantic_name = compatible_semantic_name(config),
              .tolerant = true,
              .think_tags = config.think_tags},
             config.responses);
  out.rerank = jina::make_rerank({.voyage = host_of(config.base_url) == "api.voyageai.com"});
}

// Azure's resource, in the form of its deployments when an API version is named and in that of
// OpenAI's own paths otherwise. Operators write the base URL with as much of the path as they know.
openai::Config azure_config(const ProviderConfig& config) {
  const std::string_view url = without_slash(config.base_url);
  openai::Config out{.semantic_name = "azure.ai.openai", .key_header = "api-key"};
  out.endpoint.deployments = !config.api_version.empty();
  const std::string_view root = out.endpoint.deployments ? "" : "/v1";
  if (url.ends_with("/openai/v1"))
    out.endpoint.prefix = "";
  else
    out.endpoint.prefix = below(url, "/openai") + std::string(root);
  if (out.endpoint.deployments) out.endpoint.query = "api-version=" + config.api_version;
  return out;
}

void add_cohere(Adapters& out, const cohere::Config& config) {
  out.chat.push_back(cohere::make_provider(config));
  out.embeddings = cohere::make_embeddings(config);
  out.rerank = cohere::make_rerank(config);
}

void add_mistral(Adapters& out) {
  const openai::Config config{.semantic_name = "mistral_ai", .tolerant = true, .mistral = true};
  out.chat.push_back(openai::make_provider(config));
  out.embeddings = openai::make_embeddings(config);
}

void add_gemini(Adapters& out, const ProviderConfig& config) {
  const std::string_view url = without_slash(config.base_url);
  const bool vertex = host_of(url).ends_with("aiplatform.googleapis.com");
  const bool has_version = vertex || url.ends_with("/v1beta") || url.ends_with("/v1");
  const gemini::Config own{.prefix = has_version ? "" : "/v1beta", .vertex = vertex};
  out.chat.push_back(gemini::make_provider(own));
  out.embeddings = vertex ? gemini::make_vertex_embeddings(own) : gemini::make_embeddings(own);
}

}  // namespace

std::string compatible_semantic_name(const ProviderConfig& config) {
  const std::string_view host = host_of(config.base_url);
  for (const KnownHost& known : kHosts) {
    if (host == known.host) return std::string(known.name);
  }
  return config.name;
}

std::shared_ptr<const RequestSigner> make_signer(const ProviderConfig& config) {
  return bedrock::make_signer({.access_key_id = std::string(config.aws->access_key_id.reveal()),
                               .secret_access_key = config.aws->secret_access_key,
                               .session_token = config.aws->session_token,
                               .region = config.region});
}

Adapters make_adapters(const ProviderConfig& config) {
  Adapters out;
  switch (config.kind) {
    case ProviderKind::openai:
      add_openai(out, {.semantic_name = "openai", .tolerant = false});
      break;
    case ProviderKind::anthropic:
      out.chat.push_back(
          anthropic::make_provider({.path = below(config.base_url, "/v1") + "/messages"}));
      break;
    case ProviderKind::gemini:
      add_gemini(out, config);
      break;
    case ProviderKind::azure:
      add_openai(out, azure_config(config));
      break;
    case ProviderKind::bedrock:
      out.chat.push_back(bedrock::make_provider());
      out.embeddings = bedrock::make_embeddings();
      break;
    case ProviderKind::mistral:
      add_mistral(out);
      break;
    case ProviderKind::openai_compatible:
      add_compatible(out, config);
      break;
    case ProviderKind::simulated:
      out.chat.push_back(openai::make_provider({.semantic_name = config.name, .tolerant = true}));
      out.embeddings = openai::make_embeddings({.tolerant = true});
      out.rerank = jina::make_rerank({});
      break;
    case ProviderKind::cohere:
      add_cohere(out, {.prefix = below(config.base_url, "/v2")});
      break;
    case ProviderKind::ollama:
      out.chat.push_back(ollama::make_provider());
      out.embeddings = ollama::make_embeddings();
      break;
  }
  return out;
}

}  // namespace maester::gateway
