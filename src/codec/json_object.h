// Objects whose members are all known: a misspelt option must not be silently ignored.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace maester::json {

// Fails with Code::invalid_request, naming the place, unless `value` is an object whose keys are
// all among `known` and stand once each.
Status only_known(Value value, std::span<const std::string_view> known);

}  // namespace maester::json
