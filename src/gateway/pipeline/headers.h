// The headers that every answer of the pipeline carries (CONTRACT.md §3 "Headers out").
#pragma once

#include "gateway/pipeline/call.h"
#include "wire/http.h"

namespace maester::gateway {

// x-request-id, x-maester-*; with the cost when it is known already.
wire::Headers answer_headers(const Call& call);
// The same for a stream, with its content type.
wire::Headers stream_headers(const Call& call);

}  // namespace maester::gateway
