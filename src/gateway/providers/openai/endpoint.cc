#include "gateway/providers/openai/openai.h"
#include "wire/url.h"

namespace maester::gateway::openai {

std::string Endpoint::path(std::string_view api, std::string_view model) const {
  std::string out = prefix;
  if (deployments) out += "/deployments/" + wire::encode_segment(model);
  out += api;
  if (!query.empty()) out += "?" + query;
  return out;
}

}  // namespace maester::gateway::openai
