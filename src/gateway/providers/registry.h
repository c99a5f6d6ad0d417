// From a configured provider to its adapters: the one place that knows which kinds there are.
#pragma once

#include <memory>

#include "gateway/config.h"
#include "gateway/provider.h"

namespace maester::gateway {

// At least one chat adapter: the configuration's kinds are a closed set. The simulated provider
// answers in OpenAI's protocol.
Adapters make_adapters(const ProviderConfig& config);

// What signs the requests of a provider with AWS keys. REQUIRES: config.aws.
std::shared_ptr<const RequestSigner> make_signer(const ProviderConfig& config);

// The value of `gen_ai.provider.name` for an OpenAI-compatible server, by its host ("deepseek",
// "groq", "x_ai", ...); its configured name when the host is none of the known ones.
std::string compatible_semantic_name(const ProviderConfig& config);

}  // namespace maester::gateway
