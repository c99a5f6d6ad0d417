// From a call to its provider's request and from the provider's whole answer to the attempt: what
// depends on the operation.
#pragma once

#include <string_view>

#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Code::invalid_request for what the provider cannot express, or cannot do at all (`param` model).
Result<ProviderRequest> encode_operation(const Call& call, const Attempt& attempt,
                                         const EncodeOptions& options);

// Fills the attempt's answer and usage. Code::upstream_error for what cannot be read.
Status decode_operation(const Call& call, Attempt& attempt, std::string_view body);

}  // namespace maester::gateway
