// What a key may ask for. Whatever looks a name up for a caller - a request, a cheaper model, the
// list of models - comes by here; what is not allowed is answered as what does not exist. Which of
// a route's targets may then answer is left to plan_route(), which notes what it passes over.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/principal.h"
#include "gateway/routing/snapshot.h"

namespace maester::gateway {

// The resolution of a name with the targets that the key may use, at least one; else the error of
// an unknown name.
Result<Resolution> resolve_for(const access::Principal& principal, const Snapshot& snapshot,
                               std::string_view name);

// Snapshot::offered() as far as the key may ask for it.
std::vector<std::pair<std::string, std::string>> offered_to(const access::Principal& principal,
                                                            const Snapshot& snapshot);

}  // namespace maester::gateway
