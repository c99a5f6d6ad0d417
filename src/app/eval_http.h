// HTTP providers' way out of `maester eval run`: through wire's dialer and its egress rules.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "evals/http_provider.h"

namespace maester::app {

// `allow`: "host:port" of private addresses that may be asked. A whole answer may take two minutes
// and have 32 MiB; redirects are not followed. Thread-safe.
std::unique_ptr<evals::HttpPort> http_port(std::vector<std::string> allow);

}  // namespace maester::app
