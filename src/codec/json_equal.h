// Equality of JSON values as JSON Schema means it: numbers by exact value (1, 1.0 and 10e-1 are
// one), members in any order. Recursive in the depth of the values, which their Document's limits
// bound.
#pragma once

#include <cstdint>

#include "codec/json.h"

namespace maester::json {

bool equal(const Value& a, const Value& b);
// Equal values have equal hashes.
std::uint64_t hash(const Value& value);

}  // namespace maester::json
