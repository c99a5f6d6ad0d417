// What a request costs beside the model: the configured components (`[[cost_components]]`), each a
// named part of C_request. Without any configured this costs a branch.
#pragma once

#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Fills call.components, and the last attempt's sum of them, once the request is over. Nothing is
// charged when nothing was sent.
void charge_components(Call& call);

// What they can be at most: part of what is reserved.
FemtoUsd components_bound(const Call& call, const Target& target);

}  // namespace maester::gateway
