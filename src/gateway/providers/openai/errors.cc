#include "gateway/providers/common/error_body.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

ProviderError classify(int status, const wire::Headers& headers, std::string_view body) {
  return providers::make_provider_error(status, headers, providers::read_error_body(body));
}

ProviderError classify_value(int status, json::Value root) {
  return providers::make_provider_error(status, {}, providers::read_error_value(root));
}

wire::Header credential(const Config& config, std::string_view secret) {
  if (!config.key_header.empty()) return {config.key_header, std::string(secret)};
  return {"authorization", "Bearer " + std::string(secret)};
}

}  // namespace maester::gateway::openai
