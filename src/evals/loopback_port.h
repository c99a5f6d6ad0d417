// The gateway in this process as what suites ask (ModelPort): no socket between.
#pragma once

#include <memory>
#include <string>

#include "evals/model_port.h"
#include "gateway/loopback.h"
#include "prompts/registry.h"

namespace maester::evals {

// In whose name; an empty `key_id` is Maester itself, for the tenant.
struct LoopbackIdentity {
  std::string tenant = "default", key_id{};
  gateway::Priority priority = gateway::Priority::batch;
};

// Blocking: not for a core's thread. Both must outlive the port.
std::unique_ptr<ModelPort> loopback_port(gateway::Loopback& loopback,
                                         const prompts::Registry& prompts,
                                         LoopbackIdentity identity);

}  // namespace maester::evals
