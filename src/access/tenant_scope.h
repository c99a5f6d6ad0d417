// Whose objects a caller may reach: every look-up of an object takes one, so that an id of another
// tenant is answered as an unknown one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/principal.h"

namespace maester::access {

class TenantScope {
 public:
  // The principal's tenant; all of them for an admin of tenant `default`.
  static TenantScope of(const Principal& principal) {
    return TenantScope(principal.manages_all_tenants() ? std::nullopt
                                                       : std::optional(principal.tenant));
  }
  static TenantScope one(std::string tenant) { return TenantScope(std::move(tenant)); }
  bool covers(std::string_view tenant) const { return !tenant_ || *tenant_ == tenant; }
  bool covers_all() const { return !tenant_; }

 private:
  explicit TenantScope(std::optional<std::string> tenant) : tenant_(std::move(tenant)) {}
  std::optional<std::string> tenant_;
};

}  // namespace maester::access
