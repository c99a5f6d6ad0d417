// JSON Schema's `format`, for those who assert it: the names of ajv-formats. Private to codec.
#pragma once

#include <string_view>

#include "codec/json.h"

namespace maester::schema {

// What a format demands of a value; values of another kind pass. Pure, linear in the text.
using FormatCheck = bool (*)(const json::Value& value);

// Null for a name that is not known.
FormatCheck format_check(std::string_view name);

}  // namespace maester::schema
