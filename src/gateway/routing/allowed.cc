#include "gateway/routing/allowed.h"

#include <algorithm>

namespace maester::gateway {

Result<Resolution> resolve_for(const access::Principal& principal, const Snapshot& snapshot,
                               std::string_view name) {
  auto found = snapshot.resolve(name);
  const access::KeyTerms* terms = principal.terms.get();
  if (!found || terms == nullptr) return found;
  if (found->route.empty()) {
    if (!terms->allows_model(found->targets.front().model)) return fail(Snapshot::unknown(name));
    return found;
  }
  const bool some =
      std::any_of(found->targets.begin(), found->targets.end(), [terms](const Target& target) {
        return target.use == TargetUse::in_turn && terms->allows_target(target.model);
      });
  if (!some || !terms->allows_route(found->route)) return fail(Snapshot::unknown(name));
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
