#include "app/transports.h"

#include "codec/json.h"
#include "gateway/providers/simulated/simulated_transport.h"

namespace maester::app {

Result<Transports::Held> Transports::http(const gateway::Config& config) {
  std::string key = "http " + json::quote(config.egress_ca_file);
  for (const std::string& address : config.egress_allow) key += " " + json::quote(address);
  Held& held = held_[key];
  if (held != nullptr) return held;
  wire::HttpTransportConfig http;
  http.egress_allow = config.egress_allow;
  http.tls.ca_file = config.egress_ca_file;
  auto made = std::make_shared<wire::HttpTransport>(cores_, http);
  if (Status good = made->check(); !good) {
    held_.erase(key);
    return fail(std::move(good.error()));
  }
  held = std::move(made);
  return held;
}

Transports::Held Transports::simulated(const gateway::ProviderConfig& provider) {
  const gateway::SimulatedConfig& s = provider.simulated;
  std::string key = "simulated " + json::quote(provider.name) + " " + json::quote(s.flavor);
  for (const std::int64_t number :
       {std::int64_t{s.latency.count()}, std::int64_t{s.chunk_latency.count()},
        std::int64_t{s.fail_percent}, std::int64_t{s.fail_status}}) {
    key += " " + std::to_string(number);
  }
  Held& held = held_[key];
  if (held == nullptr) held = std::make_shared<gateway::SimulatedTransport>(s, clock_);
  return held;
}

Result<gateway::Snapshot::TransportFor> Transports::for_config(const gateway::Config& config) {
  TRY_ASSIGN(Held http_transport, http(config));
  return [this, http_transport](const gateway::ProviderConfig& provider) {
    return provider.kind == gateway::ProviderKind::simulated ? simulated(provider) : http_transport;
  };
}

void Transports::prune() {
  // Only this object copies from held_, so a count of one can not grow again meanwhile.
  std::erase_if(held_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace maester::app
