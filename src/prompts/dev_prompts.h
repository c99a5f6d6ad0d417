// The prompts that `serve --dev` starts with (CONTRACT.md §5).
#pragma once

#include "base/result.h"
#include "prompts/registry.h"

namespace maester::prompts {

// Pushes `system_summary` v1 and v2 for tenant `default`; nothing happens when they are there.
// Blocking.
Status install_dev_prompts(Registry& registry);

}  // namespace maester::prompts
