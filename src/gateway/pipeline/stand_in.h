// An attempt that was none: the answer was here already, so nothing is sent and nothing is owed.
#pragma once

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

// In the place of one at `target`, for which it stands in receipts. The call's last attempt.
Attempt& stand_in(Call& call, const Target& target, const Provider& adapter,
                  const Services& services);

}  // namespace maester::gateway
