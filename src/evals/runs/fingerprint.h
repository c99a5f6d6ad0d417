// What stands under the names that a run or a release names: identities that change when anything
// does that may change answers, and not otherwise. Secrets are no part of them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "evals/runs/results.h"
#include "gateway/config.h"
#include "gateway/routing/snapshot.h"

namespace maester::evals {

// Of a model or a route by its name ("" = the default model): 16 hexadecimal digits over its
// settings, its provider's, and of a route those of all its targets. "" for an unknown name.
std::string model_fingerprint(const gateway::Config& config, std::string_view name);
// The policy that such a request of the tenant's key has: "name@version"; "" = none.
std::string policy_fingerprint(const gateway::Snapshot& snapshot, std::string_view tenant,
                               std::string_view key, std::string_view model);
// Of one governed tool, and of all that the tenant has; "" = none.
std::string tool_fingerprint(const gateway::Config& config, std::string_view tenant,
                             std::string_view tool);
std::string tools_fingerprint(const gateway::Config& config, std::string_view tenant);

// All of them, under their names in a Candidate.
void add_fingerprints(const gateway::Snapshot& snapshot, std::string_view tenant,
                      std::string_view key, std::string_view model, Candidate& out);

}  // namespace maester::evals
