// What another configuration would make live, as release gates hear of it (access/release_guard.h):
// new targets of routes, models, policies and tools that are not what they were.
#pragma once

#include <vector>

#include "access/release_guard.h"
#include "gateway/config.h"

namespace maester::app {

// Of tenant `default`, to which the configuration belongs. Without actor, reason and override.
//
// - route_target: each target of a route that the route had not, or that is another model now,
//   fall-backs for long prompts and refused content included.
// - model, policy, tool_schema: each whose definition is new or changed; a policy or tool that is
//   gone goes to "". Where the default policy, or a route's, is another policy now, that is a
//   change of the old one's place.
std::vector<access::Release> config_releases(const gateway::Config& from,
                                             const gateway::Config& to);

}  // namespace maester::app
