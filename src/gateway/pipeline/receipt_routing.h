// The `routing` member of a receipt (docs/formats/receipt.md): why these targets were asked, in
// this order, and the others not.
#pragma once

#include "codec/json_writer.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Null for a model that was asked for by its name and answered.
void write_routing(json::Writer& w, const Call& call);

}  // namespace maester::gateway
