// Who asks: the outcome of authentication, carried by every request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maester::access {

enum class Role : std::uint8_t { viewer, member, admin };  // each may do what the one before may

std::optional<Role> parse_role(std::string_view name);
std::string_view to_string(Role role);

struct Principal {
  std::string tenant = "default";
  std::string key_id;  // public; "dev" for the development principal
  Role role = Role::viewer;
  // An admin of tenant `default` manages all tenants.
  bool manages_all_tenants() const { return role == Role::admin && tenant == "default"; }
};

}  // namespace maester::access
