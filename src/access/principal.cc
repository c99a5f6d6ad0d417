#include "access/principal.h"

namespace maester::access {

std::optional<Role> parse_role(std::string_view name) {
  if (name == "viewer") return Role::viewer;
  if (name == "member") return Role::member;
  if (name == "admin") return Role::admin;
  return std::nullopt;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::member:
      return "member";
    case Role::admin:
      return "admin";
  }
  return "viewer";
}

}  // namespace maester::access
