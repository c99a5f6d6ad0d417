// Inside of JsonSchema: which keywords hold subschemas. Private to codec.
#pragma once

#include <string_view>

#include "codec/json_schema.h"

namespace maester::schema {

enum class Shape { unknown, plain, schema, schema_list, schema_map, items, dependencies };

// What a keyword of this draft holds.
Shape shape_of(std::string_view keyword, JsonSchema::Draft draft);

}  // namespace maester::schema
