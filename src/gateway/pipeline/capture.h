// Bodies kept for replay: what was asked and answered, sealed with the tenant's key
// (docs/formats/capture.md).
#pragma once

#include <string>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

// Where a capture stands in the vault's eyes.
inline access::SealedPlace capture_place(std::string_view tenant, std::string_view request_id) {
  return {tenant, "journal", "capture", request_id, ""};
}

// The journal payload of the call's capture; "" when the configuration keeps no bodies or there is
// no answer.
std::string sealed_capture(const Call& call, const Services& services);

// The plain capture: {"record": {request, response, created_at}, "replay": {"surface", "body",
// "checks"}}. `record` is what GET /v1/replays/{id} shows; `replay.body` is a chat in OpenAI's form
// that makes the same provider call.
std::string write_capture(const Call& call);

}  // namespace maester::gateway
