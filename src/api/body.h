// Reading the JSON body of a management route.
#pragma once

#include <span>
#include <string_view>

#include "api/route.h"
#include "codec/json.h"

namespace maester::api {

// The body as an object whose keys are all among `known` and stand once; an empty body is an empty
// object. At most 1 MiB.
runtime::Task<Result<json::Document>> read_object(Context& context,
                                                  std::span<const std::string_view> known);

// `limit` of a list: default 50, 1..500.
Result<std::size_t> read_limit(std::string_view query);

}  // namespace maester::api
