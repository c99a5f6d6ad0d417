// Tree -> gateway::Config, with the checks that need more than one key: names that must exist,
// pairs that belong together, addresses. Private to the configuration's files.
#pragma once

#include "app/config_reader.h"
#include "app/config_tree.h"
#include "gateway/config.h"

namespace maester::app {

gateway::Config bind_config(const Node& root, ProblemList& problems);

// Checks that concern providers and their addresses; called by bind_config().
void bind_providers(const Node& root, gateway::Config& config, ProblemList& problems);
// Models, routes and the names that they refer to; called by bind_config() after the providers.
void bind_models(const Node& root, gateway::Config& config, ProblemList& problems);

// An address that the server is to send texts or secrets to: https, or named in egress.allow.
// REQUIRES: bind_providers() was called
void check_outbound(const Node& url, const gateway::Config& config, ProblemList& problems);
// Policies and tools, and who they are for; called by bind_config() after the models.
void bind_guard(const Node& root, gateway::Config& config, ProblemList& problems);

// The first 12 hexadecimal digits of the SHA-256 of the tree's canonical text: every key and its
// value as written (references to secrets, not secrets), defaults included. Comments, layout and
// the order of keys do not change it.
std::string config_version(const Node& root);

}  // namespace maester::app
