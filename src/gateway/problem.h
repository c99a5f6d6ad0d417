// The one table from error codes to HTTP statuses (CONTRACT.md §3 "Errors").
#pragma once

#include "base/error.h"

namespace maester::gateway {

int http_status(Code code);
// False for a refusal that a retry cannot cure: the answer carries `x-should-retry: false`.
bool worth_retrying(Code code);

}  // namespace maester::gateway
