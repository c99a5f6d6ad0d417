// Who asks: the outcome of authentication, carried by every request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "wire/ip_address.h"

namespace maester::access {

enum class Role : std::uint8_t { viewer, member, admin };  // each may do what the one before may

std::optional<Role> parse_role(std::string_view name);
std::string_view to_string(Role role);

// What a key is limited to or given beyond its role. Immutable, shared by all requests of the key.
struct KeyTerms {
  std::vector<std::string> models;  // names or "prefix/*"; empty = no limit
  std::vector<std::string> routes;  // empty = no limit
  std::vector<std::string> groups;
  std::vector<wire::Network> networks;  // of the peer; empty = anywhere
  WallTime expires_at = WallTime::max();
  bool delegate = false;  // may speak for end users and name their groups
  bool operator==(const KeyTerms&) const = default;

  // A route may be asked for by name.
  bool allows_route(std::string_view name) const;
  // A model may be asked for by name. A key that lists routes only may ask for these only.
  bool allows_model(std::string_view name) const;
  // A model may answer, whatever name it was reached by.
  bool allows_target(std::string_view model) const;
};

struct Principal {
  std::string tenant = "default";
  std::string key_id;  // public; "dev" for the development principal
  Role role = Role::viewer;
  std::shared_ptr<const KeyTerms> terms;  // null: no terms
  // Groups of the end user for whom the key speaks; set only when it may delegate.
  std::optional<std::vector<std::string>> delegated_groups;

  // An admin of tenant `default` manages all tenants.
  bool manages_all_tenants() const { return role == Role::admin && tenant == "default"; }
  bool may_delegate() const { return terms != nullptr && terms->delegate; }
  // What documents and policies are matched with: the end user's groups in place of the key's own
  // once delegated.
  std::span<const std::string> groups() const;
};

}  // namespace maester::access
