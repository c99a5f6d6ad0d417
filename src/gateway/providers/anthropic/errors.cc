#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/common/error_body.h"

namespace maester::gateway::anthropic {

ProviderError classify(int status, const wire::Headers& headers, std::string_view body) {
  return providers::make_provider_error(status, headers, providers::read_error_body(body));
}

ProviderError classify_value(int status, json::Value root) {
  return providers::make_provider_error(status, {}, providers::read_error_value(root));
}

}  // namespace maester::gateway::anthropic
