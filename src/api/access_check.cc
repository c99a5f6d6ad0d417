// The rules of the route table: who may call, and which tables no server starts with.
#include <algorithm>

#include "api/route.h"

namespace maester::api {
namespace {

std::unexpected<Error> broken(const Route& route, std::string_view why) {
  return fail(Code::internal, "The route " + std::string(route.method) + " " +
                                  std::string(route.pattern) + " " + std::string(why) + ".");
}

// Parameters have names, and stand for whole segments.
bool well_formed(std::string_view pattern) {
  if (!pattern.starts_with('/')) return false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') continue;
    const std::size_t end = pattern.find('}', at);
    if (end == std::string_view::npos || end == at + 1 || pattern[at - 1] != '/') return false;
    if (end + 1 < pattern.size() && pattern[end + 1] != '/') return false;
    at = end;
  }
  return true;
}

}  // namespace

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::open:
      return "open";
    case Scope::tenant:
      return "tenant";
    case Scope::system:
      return "system";
  }
  return "system";
}

Status Access::check(const access::Principal& principal) const {
  if (scope_ == Scope::open) return {};
  if (principal.role < role_) {
    return fail(Code::forbidden,
                "This key's role may not use this route: it takes a key of role `" +
                    std::string(access::to_string(role_)) + "`.");
  }
  if (scope_ == Scope::system && !principal.manages_all_tenants()) {
    return fail(Code::forbidden,
                "This route is about all tenants: it takes an admin key of tenant `default`.");
  }
  return {};
}

Status check_routes(const std::vector<Route>& table) {
  for (const Route& route : table) {
    if (!well_formed(route.pattern)) return broken(route, "has a malformed pattern");
    if (route.summary.empty()) return broken(route, "has no summary");
    if ((route.handler == nullptr) == (route.pipeline == nullptr))
      return broken(route, "needs exactly one function behind it");
    if (route.pipeline != nullptr && route.access.scope() != Scope::tenant)
      return broken(route, "runs the pipeline, which takes a key of a tenant");
    const auto same = std::count_if(table.begin(), table.end(), [&route](const Route& other) {
      return other.method == route.method && other.pattern == route.pattern;
    });
    if (same != 1) return broken(route, "stands in the table twice");
  }
  return {};
}

}  // namespace maester::api
