// What a LiteLLM proxy configuration says, in our terms: between reading the YAML (litellm_read.cc)
// and writing TOML (litellm_write.cc). Private to the importer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/litellm.h"

namespace maester::app {

struct LitellmProvider {
  std::string name;                         // "openai", "openai-2"
  std::string kind;                         // as ours
  std::string base_url;                     // "" = the kind's own
  std::string api_key;                      // "" = none; a reference or a literal
  std::map<std::string, std::string> more;  // our other settings of the kind
};

struct LitellmDeployment {
  std::string asked;     // model_name
  std::string provider;  // name of a LitellmProvider
  std::string upstream;  // "" with a pattern
  std::string region;
  std::optional<std::int64_t> weight, rpm, tpm, order, max_output_tokens;
  std::map<std::string, std::string> price;  // our key -> USD per million tokens
};

// From a model_name to others, in order.
using LitellmFallbacks = std::map<std::string, std::vector<std::string>>;

struct LitellmModel {
  std::vector<LitellmProvider> providers;
  std::vector<LitellmDeployment> deployments;  // in the order of the file
  std::vector<std::string> egress;             // HOST:PORT
  LitellmFallbacks fallbacks, context_fallbacks, content_fallbacks;
  std::vector<std::string> default_fallbacks;
  std::map<std::string, std::string> aliases;
  std::string strategy;  // ours; "" = not said
  std::string master_key;
  std::optional<std::int64_t> attempts, total_ms, stream_total_ms, allowed_fails, cooldown_ms;
  std::vector<LitellmNote> notes;
  std::vector<LitellmCall> calls;
};

Result<LitellmModel> read_litellm(std::string_view yaml);
std::string write_litellm(LitellmModel& model);  // adds notes on what our form cannot say

// `os.environ/NAME` as `${env:NAME}`; everything else as it is.
std::string litellm_reference(std::string_view text);
// A price per token, such as "1.5e-07", as USD per million tokens; nullopt for what is no number.
std::optional<std::string> litellm_price(std::string_view per_token);

}  // namespace maester::app
