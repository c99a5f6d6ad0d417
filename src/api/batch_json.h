// A batch as OpenAI tells one, with `maester` beside it.
#pragma once

#include "base/clock.h"
#include "batches/batch.h"
#include "codec/json_writer.h"

namespace maester::api {

void write_batch(json::Writer& w, const batches::Batch& batch);

inline std::int64_t unix_seconds(WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace maester::api
