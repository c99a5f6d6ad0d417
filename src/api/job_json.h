// A job as its readers get it.
#pragma once

#include "codec/json_writer.h"
#include "jobs/queue.h"

namespace maester::api {

void write_job(json::Writer& w, const jobs::Job& job);

}  // namespace maester::api
