// The ways out to the providers: one HTTP transport for each set of egress rules, one simulated
// model for each simulated provider's settings. A snapshot holds those that it uses; they outlive a
// reload and are let go when no snapshot needs them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/routing/snapshot.h"
#include "runtime/core.h"
#include "wire/client.h"

namespace maester::app {

// Not thread-safe: used by one thread at a time, never by a core's.
class Transports {
 public:
  Transports(runtime::CorePool& cores, const Clock& clock) : cores_(cores), clock_(clock) {}

  // What Snapshot::make() asks for each provider's transport. Code::invalid_request when the file
  // of certificate authorities cannot be read. REQUIRES: the answer dies before this object.
  Result<gateway::Snapshot::TransportFor> for_config(const gateway::Config& config);
  // Closes what no snapshot holds any more.
  void prune();

 private:
  using Held = std::shared_ptr<wire::Transport>;
  Result<Held> http(const gateway::Config& config);
  Held simulated(const gateway::ProviderConfig& provider);
  runtime::CorePool& cores_;
  const Clock& clock_;
  std::map<std::string, Held> held_;  // by what they were made from
};

}  // namespace maester::app
