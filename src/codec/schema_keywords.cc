#include "codec/schema_keywords.h"

#include <array>

namespace maester::schema {
namespace {

enum Drafts { both, only7, only2020 };

struct Entry {
  std::string_view keyword;
  Shape shape;
  Drafts drafts = both;
};

constexpr auto kEntries = std::to_array<Entry>({
    {"$schema", Shape::plain},
    {"$id", Shape::plain},
    {"$ref", Shape::plain},
    {"$comment", Shape::plain},
    {"$anchor", Shape::plain, only2020},
    {"$dynamicAnchor", Shape::plain, only2020},
    {"$dynamicRef", Shape::plain, only2020},
    {"$vocabulary", Shape::plain, only2020},
    {"$defs", Shape::schema_map},
    {"definitions", Shape::schema_map},
    {"title", Shape::plain},
    {"description", Shape::plain},
    {"default", Shape::plain},
    {"examples", Shape::plain},
    {"deprecated", Shape::plain},
    {"readOnly", Shape::plain},
    {"writeOnly", Shape::plain},
    {"format", Shape::plain},
    {"contentEncoding", Shape::plain},
    {"contentMediaType", Shape::plain},
    {"contentSchema", Shape::schema, only2020},
    {"type", Shape::plain},
    {"const", Shape::plain},
    {"enum", Shape::plain},
    {"multipleOf", Shape::plain},
    {"maximum", Shape::plain},
    {"exclusiveMaximum", Shape::plain},
    {"minimum", Shape::plain},
    {"exclusiveMinimum", Shape::plain},
    {"maxLength", Shape::plain},
    {"minLength", Shape::plain},
    {"pattern", Shape::plain},
    {"maxItems", Shape::plain},
    {"minItems", Shape::plain},
    {"uniqueItems", Shape::plain},
    {"maxContains", Shape::plain, only2020},
    {"minContains", Shape::plain, only2020},
    {"maxProperties", Shape::plain},
    {"minProperties", Shape::plain},
    {"required", Shape::plain},
    {"dependentRequired", Shape::plain, only2020},
    {"prefixItems", Shape::schema_list, only2020},
    {"items", Shape::items},
    {"additionalItems", Shape::schema, only7},
    {"contains", Shape::schema},
    {"unevaluatedItems", Shape::schema, only2020},
    {"properties", Shape::schema_map},
    {"patternProperties", Shape::schema_map},
    {"additionalProperties", Shape::schema},
    {"propertyNames", Shape::schema},
    {"unevaluatedProperties", Shape::schema, only2020},
    {"dependentSchemas", Shape::schema_map, only2020},
    {"dependencies", Shape::dependencies, only7},
    {"allOf", Shape::schema_list},
    {"anyOf", Shape::schema_list},
    {"oneOf", Shape::schema_list},
    {"not", Shape::schema},
    {"if", Shape::schema},
    {"then", Shape::schema},
    {"else", Shape::schema},
});

}  // namespace

Shape shape_of(std::string_view keyword, JsonSchema::Draft draft) {
  for (const Entry& entry : kEntries) {
    if (entry.keyword != keyword) continue;
    const bool here =
        entry.drafts == both || (entry.drafts == only7) == (draft == JsonSchema::Draft::draft7);
    if (!here) return Shape::unknown;
    if (entry.shape != Shape::items) return entry.shape;
    return draft == JsonSchema::Draft::draft7 ? Shape::items : Shape::schema;
  }
  return Shape::unknown;
}

}  // namespace maester::schema
