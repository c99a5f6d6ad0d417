// What guarding did to a request, for its receipt. Counts, never texts.
#pragma once

#include "codec/json_writer.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/guard_state.h"

namespace maester::gateway {

// "guard": {policy, findings: [{phase, rule, type, kind, action, outcome, count}]}, or null.
void write_guard(json::Writer& w, const Call& call);
// {"name", "version", "calls", "invalid"} each; "stripped" when it was left out.
void write_governed_tools(json::Writer& w, const GuardState& state);

}  // namespace maester::gateway
