// What a gate's place points to now. Blocking.
#pragma once

#include <string>
#include <string_view>

#include "api/dependencies.h"
#include "evals/gates/gate.h"

namespace maester::api {

// In the words of access/release_guard.h; "" = nothing. `object` where the gate guards every one.
std::string live_at(const Dependencies& deps, const gateway::Config& config,
                    std::string_view tenant, const evals::Guarded& guards,
                    const std::string& object);

}  // namespace maester::api
