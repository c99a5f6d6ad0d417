// Objects whose members are all known: a misspelt option must not be silently ignored.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace maester::json {

// Fails with Code::invalid_request, naming the place, unless `value` is an object whose keys are
// all among `known` and stand once each.
Status only_known(Value value, std::span<const std::string_view> known);

// The string that `value` is, of at most `most` bytes; `out` stays as it is for null and absent.
// Code::invalid_request names the place.
Status read_text(Value value, std::size_t most, std::string& out);

}  // namespace maester::json
