// The routes of the data plane that are one run of the pipeline: which surface reads each. The same
// table serves sockets (data_plane()) and Maester's own requests (loopback.h).
#pragma once

#include <string_view>

#include "api/pipeline_route.h"

namespace maester::api {

struct DataPlane {
  std::string_view path;
  const gateway::Surface& surface;
  BudgetRefusal budget_refusal = nullptr;
};

// Null when no such route runs the pipeline.
const DataPlane* find_data_plane(std::string_view path);

// The handler of them all.
runtime::Task<void> data_plane(Context& context);

}  // namespace maester::api
