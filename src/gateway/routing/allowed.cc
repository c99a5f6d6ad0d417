#include "gateway/routing/allowed.h"

namespace maester::gateway {

Result<Resolution> resolve_for(const access::Principal& principal, const Snapshot& snapshot,
                               std::string_view name) {
  auto found = snapshot.resolve(name);
  const access::KeyTerms* terms = principal.terms.get();
  if (!found || terms == nullptr) return found;
  const bool asked_by_route = !found->route.empty();
  const bool allowed = asked_by_route ? terms->allows_route(found->route)
                                      : terms->allows_model(found->targets.front().model);
  if (!allowed) return fail(Snapshot::unknown(name));
  std::erase_if(found->targets,
                [terms](const Target& target) { return !terms->allows_target(target.model); });
  if (found->targets.empty()) return fail(Snapshot::unknown(name));
  return found;
}

std::vector<std::pair<std::string, std::string>> offered_to(const access::Principal& principal,
                                                            const Snapshot& snapshot) {
  auto names = snapshot.offered();
  if (principal.terms == nullptr) return names;
  std::erase_if(names, [&](const auto& one) {
    return !resolve_for(principal, snapshot, one.first).has_value();
  });
  return names;
}

}  // namespace maester::gateway
