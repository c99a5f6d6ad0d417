// YAML 1.2 (core schema) and JSON -> Value, with the place of everything.
#pragma once

#include <string>
#include <string_view>

#include "evals/value.h"

namespace maester::evals {

// "FILE:LINE:COLUMN: MESSAGE", as compilers write it.
std::string at(std::string_view file, Place place, std::string_view message);
std::unexpected<Error> fault(std::string_view file, Place place, std::string_view message);

// Fails with Code::invalid_request and the place in `file`: malformed text, a key that stands
// twice, deeper than 60, more than a million values after aliases were followed (so a bomb of
// aliases is refused), invalid UTF-8, more than one document.
Result<Value> parse_yaml(const std::string& text, std::string_view file);

}  // namespace maester::evals
