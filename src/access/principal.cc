#include "access/principal.h"

#include <algorithm>

namespace maester::access {
namespace {

bool lists(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](std::string_view one) {
    if (!one.ends_with("/*")) return one == name;
    return name.size() >= one.size() && name.starts_with(one.substr(0, one.size() - 1));
  });
}

}  // namespace

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

bool KeyTerms::allows_route(std::string_view name) const {
  return routes.empty() || lists(routes, name);
}

bool KeyTerms::allows_model(std::string_view name) const {
  if (models.empty()) return routes.empty();
  return lists(models, name);
}

bool KeyTerms::allows_target(std::string_view model) const {
  return models.empty() || lists(models, model);
}

std::span<const std::string> Principal::groups() const {
  if (delegated_groups) return *delegated_groups;
  if (terms != nullptr) return terms->groups;
  return {};
}

}  // namespace maester::access
