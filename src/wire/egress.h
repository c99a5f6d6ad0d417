// Which addresses this process may connect to (RULES.md §6.3-4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "wire/ip_address.h"

namespace maester::wire {

// Immutable, thread-safe.
class EgressRules {
 public:
  // "host:port" or "1.2.3.4:port" or "[::1]:port", as the operator's file has them.
  explicit EgressRules(const std::vector<std::string>& allow);

  // Every address of the name must pass, for a name that has one bad address is not to be trusted
  // with the others. Code::no_target. REQUIRES: not empty.
  Status check(std::string_view host, std::uint16_t port,
               const std::vector<IpAddress>& addresses) const;

 private:
  bool allows(std::string_view host, std::uint16_t port) const;
  std::unordered_set<std::string> allow_;
};

}  // namespace maester::wire
