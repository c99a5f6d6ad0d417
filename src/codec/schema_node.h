// Inside of JsonSchema: the compiled form. Private to codec/schema_*.cc.
//
// A schema node is one subschema with its keywords read, its patterns compiled and its references
// turned into node numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/decimal.h"
#include "codec/json.h"
#include "codec/json_schema.h"
#include "codec/pattern.h"
#include "codec/schema_formats.h"

namespace maester::schema {

using json::Decimal;
using json::Value;

inline constexpr int kNoNode = -1;

enum TypeBit : std::uint8_t {
  kNullType = 1,
  kBooleanType = 2,
  kIntegerType = 4,
  kNumberType = 8,
  kStringType = 16,
  kArrayType = 32,
  kObjectType = 64,
};

struct Node {
  enum class Verdict : std::uint8_t { rules, always, never };
  Verdict verdict = Verdict::rules;
  int resource = 0;  // for the dynamic scope

  std::uint8_t types = 0;  // TypeBits; 0 = any
  Value constant;          // absent = none
  std::vector<Value> enumeration;
  bool has_enumeration = false;

  std::optional<Decimal> multiple_of, maximum, exclusive_maximum, minimum, exclusive_minimum;
  std::optional<std::uint64_t> max_length, min_length, max_items, min_items, max_properties,
      min_properties, max_contains, min_contains;
  std::optional<Pattern> pattern;
  FormatCheck format = nullptr;  // null: none, or not asserted
  std::string_view format_name;
  bool unique_items = false;

  std::vector<int> prefix_items;
  int items = kNoNode;  // for the elements behind prefix_items
  int contains = kNoNode;
  int unevaluated_items = kNoNode;

  std::unordered_map<std::string_view, int> properties;
  std::vector<std::pair<Pattern, int>> pattern_properties;
  int additional_properties = kNoNode;
  int property_names = kNoNode;
  int unevaluated_properties = kNoNode;
  std::vector<std::string_view> required;
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> dependent_required;
  std::vector<std::pair<std::string_view, int>> dependent_schemas;

  std::vector<int> all_of, any_of, one_of;
  int negated = kNoNode;  // `not`
  int condition = kNoNode, then_branch = kNoNode, else_branch = kNoNode;
  int reference = kNoNode;
  std::string
      dynamic_anchor;  // of a $dynamicRef that follows the dynamic scope; reference is its fallback
};

// A schema document, or a part of one with its own $id.
struct Resource {
  std::string uri;
  Value root;
  JsonSchema::Draft draft = JsonSchema::Draft::draft2020_12;
  bool validates = true;  // false when its dialect leaves out the validation vocabulary
  std::map<std::string, Value, std::less<>> anchors;
  std::map<std::string, Value, std::less<>> dynamic_anchors;
  std::map<std::string, int, std::less<>> dynamic_nodes;
};

struct Compiled {
  std::vector<std::unique_ptr<json::Document>>
      documents;  // what the Values and views above point into
  std::vector<Resource> resources;
  std::vector<std::unique_ptr<Node>> nodes;
  int root = 0;
  bool tracks_evaluated = false;  // some node has unevaluated*
  std::uint64_t max_steps = 0;
};

// Where a subschema stands, and the resource it belongs to.
struct Location {
  Value value;
  int resource = 0;
};

}  // namespace maester::schema
