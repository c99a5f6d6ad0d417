// The adapter for Anthropic's Messages API. What it does with each oddity: docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "gateway/provider.h"

namespace maester::gateway::anthropic {

struct Config {
  // Below the base URL: "/messages" when that ends in "/v1", "/v1/messages" when it is the bare
  // host, as Anthropic's own clients have it.
  std::string path = "/messages";
};

std::unique_ptr<Provider> make_provider(Config config);

}  // namespace maester::gateway::anthropic
