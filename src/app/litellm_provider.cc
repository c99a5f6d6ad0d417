#include "app/litellm_provider.h"

#include <algorithm>
#include <array>
#include <utility>

#include "app/litellm_deployment.h"

namespace maester::app {
namespace {

struct Known {
  std::string_view prefix, kind;
  std::string_view base_url;  // "" = the kind's own, or `api_base`
  std::string_view
      variable;  // where LiteLLM looks for a key that is not given; "" = it may have none
};
constexpr std::string_view kCompatible = "openai-compatible";
constexpr std::array kKnown = {
    Known{"openai", "openai", "", "OPENAI_API_KEY"},
    Known{"anthropic", "anthropic", "", "ANTHROPIC_API_KEY"},
    Known{"gemini", "gemini", "", "GEMINI_API_KEY"},
    Known{"vertex_ai", "gemini", "", "VERTEX_ACCESS_TOKEN"},
    Known{"vertex_ai_beta", "gemini", "", "VERTEX_ACCESS_TOKEN"},
    Known{"azure", "azure", "", "AZURE_API_KEY"},
    Known{"bedrock", "bedrock", "", ""},
    Known{"bedrock_converse", "bedrock", "", ""},
    Known{"mistral", "mistral", "", "MISTRAL_API_KEY"},
    Known{"cohere", "cohere", "", "COHERE_API_KEY"},
    Known{"cohere_chat", "cohere", "", "COHERE_API_KEY"},
    Known{"ollama", "ollama", "http://localhost:11434", ""},
    Known{"ollama_chat", "ollama", "http://localhost:11434", ""},
    Known{"groq", kCompatible, "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
    Known{"deepseek", kCompatible, "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
    Known{"together_ai", kCompatible, "https://api.together.xyz/v1", "TOGETHERAI_API_KEY"},
    Known{"openrouter", kCompatible, "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"},
    Known{"fireworks_ai", kCompatible, "https://api.fireworks.ai/inference/v1",
          "FIREWORKS_AI_API_KEY"},
    Known{"xai", kCompatible, "https://api.x.ai/v1", "XAI_API_KEY"},
    Known{"voyage", kCompatible, "https://api.voyageai.com/v1", "VOYAGE_API_KEY"},
    Known{"jina_ai", kCompatible, "https://api.jina.ai/v1", "JINA_AI_API_KEY"},
    Known{"hosted_vllm", kCompatible, "", ""},
    Known{"vllm", kCompatible, "", ""},
    Known{"openai_like", kCompatible, "", ""},
    Known{"litellm_proxy", kCompatible, "", ""},
};

std::unexpected<Error> leave_out(const std::string& why, std::string below = {}) {
  return fail(Code::invalid_request, "left out: " + why, std::move(below));
}

std::string text_of(const YAML::Node& params, const char* key) {
  return litellm_reference(scalar(params[key]));
}

// LiteLLM adds what it needs to a base; ours is the protocol's root.
std::string protocol_root(std::string base, std::string_view kind) {
  while (base.ends_with('/')) base.pop_back();
  if (kind == "anthropic" && !base.ends_with("/v1")) base += "/v1";
  if (kind == "ollama" && base.ends_with("/v1")) base.resize(base.size() - 3);
  if (kind == "cohere") {  // with the path of one call, there
    const std::size_t version = std::min(base.find("/v1"), base.find("/v2"));
    if (version != base.npos) base.resize(version);
  }
  return base;
}

// "converse/MODEL", "REGION/MODEL": LiteLLM's ways to say more than a model.
void strip_bedrock_route(std::string& upstream, std::string& region) {
  for (const std::string_view route : {"converse/", "invoke/", "converse_like/"}) {
    if (upstream.starts_with(route)) upstream.erase(0, route.size());
  }
  const std::size_t slash = upstream.find('/');
  if (slash == upstream.npos || upstream.starts_with("arn:")) return;
  if (std::count(upstream.begin(), upstream.begin() + static_cast<std::ptrdiff_t>(slash), '-') < 2)
    return;
  region = upstream.substr(0, slash);
  upstream.erase(0, slash + 1);
}

Result<LitellmProvider> bedrock(LitellmProvider out, std::string& upstream,
                                const YAML::Node& params) {
  std::string region = text_of(params, "aws_region_name");
  strip_bedrock_route(upstream, region);
  if (region.empty() || region.starts_with("${"))
    return leave_out("`bedrock` needs a region that is written out",
                     ".litellm_params.aws_region_name");
  out.more["region"] = region;
  if (!out.api_key.empty()) return out;  // a Bedrock API key
  const auto or_variable = [&](const char* theirs, const char* variable) {
    const std::string given = text_of(params, theirs);
    return given.empty() ? "${env:" + std::string(variable) + "}" : given;
  };
  out.more["access_key_id"] = or_variable("aws_access_key_id", "AWS_ACCESS_KEY_ID");
  out.more["secret_access_key"] = or_variable("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY");
  if (const std::string token = text_of(params, "aws_session_token"); !token.empty())
    out.more["session_token"] = token;
  return out;
}

Result<LitellmProvider> vertex(LitellmProvider out, const std::string& upstream,
                               const YAML::Node& params) {
  if (!upstream.starts_with("gemini") && !upstream.starts_with("text-") && upstream != "*")
    return leave_out("of `vertex_ai` Google's own models are spoken to, not `" + upstream + "`");
  if (!out.base_url.empty()) return out;
  const std::string project = text_of(params, "vertex_project");
  const std::string location = text_of(params, "vertex_location");
  for (const std::string& one : {project, location}) {
    if (one.empty() || one.starts_with("${")) {
      return leave_out(
          "`vertex_ai` needs `vertex_project` and `vertex_location`, written out: they are parts "
          "of "
          "its address");
    }
  }
  out.base_url = "https://" + (location == "global" ? "" : location + "-") +
                 "aiplatform.googleapis.com/v1/projects/" + project + "/locations/" + location +
                 "/publishers/google";
  return out;
}

}  // namespace

Result<LitellmProvider> litellm_provider(std::string_view prefix, std::string& upstream,
                                         const YAML::Node& params) {
  const auto known = std::ranges::find(kKnown, prefix, &Known::prefix);
  const std::string name = "`" + std::string(prefix) + "`";
  if (known == kKnown.end()) {
    return leave_out(name +
                     " speaks a protocol that this version does not; an OpenAI-compatible endpoint "
                     "of it would do");
  }
  LitellmProvider out;
  out.kind = known->kind;
  const std::string base = text_of(params, params["api_base"] ? "api_base" : "base_url");
  if (base.find("${") != base.npos) {
    return leave_out("an address from the environment cannot be checked here; write it out",
                     ".litellm_params.api_base");
  }
  out.base_url = base.empty() ? std::string(known->base_url) : protocol_root(base, out.kind);
  if (out.base_url.empty() && (out.kind == kCompatible || out.kind == "azure"))
    return leave_out(name + " needs `api_base`");
  out.api_key = text_of(params, "api_key");
  // Another address of the same protocol may want no key.
  if (out.api_key.empty() && !known->variable.empty() && (base.empty() || out.kind == "azure"))
    out.api_key = "${env:" + std::string(known->variable) + "}";
  if (out.kind == "azure") {
    const std::string version = text_of(params, "api_version");
    const bool dated = !version.empty() && version.front() >= '0' && version.front() <= '9';
    if (dated) out.more["api_version"] = version;  // else: below /openai/v1
  }
  if (out.kind == "bedrock") return bedrock(std::move(out), upstream, params);
  if (prefix.starts_with("vertex_ai")) return vertex(std::move(out), upstream, params);
  return out;
}

}  // namespace maester::app
