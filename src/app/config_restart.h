// The settings that a running process cannot change.
#pragma once

#include "app/config.h"

namespace maester::app {

// One problem for each setting that differs between `running` and `next` and needs a restart, named
// and placed. Empty when `next` may take the place of `running`.
Problems needing_restart(const gateway::Config& running, const LoadedConfig& next,
                         const std::string& file_name);

}  // namespace maester::app
