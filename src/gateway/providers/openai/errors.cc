#include "gateway/providers/common/error_body.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

ProviderError classify(int status, const wire::Headers& headers, std::string_view body) {
  return providers::make_provider_error(status, headers, providers::read_error_body(body));
}

ProviderError classify_value(int status, json::Value root) {
  return providers::make_provider_error(status, {}, providers::read_error_value(root));
}

}  // namespace maester::gateway::openai
