// Feedback as the API tells it.
#pragma once

#include "codec/json_writer.h"
#include "meter/records.h"

namespace maester::api {

void write_feedback(json::Writer& w, const meter::Feedback& feedback);

}  // namespace maester::api
