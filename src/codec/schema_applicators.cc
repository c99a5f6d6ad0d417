// The keywords that hold subschemas: of arrays, of objects, and of logic.
#include <array>
#include <utility>

#include "codec/schema_compiler.h"

namespace maester::schema {
namespace {

std::unexpected<Error> must_be(const Value& value, std::string_view what) {
  const std::string path = value.path();
  return fail(Code::invalid_request,
              "The schema's `" + path + "` must be " + std::string(what) + ".", path);
}

}  // namespace

Status Compiler::array_keyword(const Location& at, std::string_view name, const Value& value,
                               Node& node) {
  if (name == "prefixItems") return list(at, value, node.prefix_items);
  if (name == "items") return items(at, value, node);
  if (name == "contains") return one(at, value, node.contains);
  if (name == "additionalItems") {
    // Counts only beside an array of items (draft 7); items() has that case.
    return {};
  }
  if (name == "unevaluatedItems") {
    out_.tracks_evaluated = true;
    return one(at, value, node.unevaluated_items);
  }
  if (name == "pattern") {
    if (!value.is_string()) return must_be(value, "a string");
    if (!out_.resources[static_cast<std::size_t>(at.resource)].validates) return {};
    TRY_ASSIGN(node.pattern, pattern(value.string_or(""), value));
  }
  if (name == "uniqueItems") {
    if (!value.is_bool()) return must_be(value, "a boolean");
    node.unique_items =
        value.bool_or(false) && out_.resources[static_cast<std::size_t>(at.resource)].validates;
  }
  return {};
}

Status Compiler::items(const Location& at, const Value& value, Node& node) {
  if (draft(at) != JsonSchema::Draft::draft7 || !value.is_array())
    return one(at, value, node.items);
  for (const Value part : value) node.prefix_items.push_back(node_for(registry_.child(at, part)));
  const Value additional = at.value.get("additionalItems");
  return additional.exists() ? one(at, additional, node.items) : Status();
}

Status Compiler::object_keyword(const Location& at, std::string_view name, const Value& value,
                                Node& node) {
  if (name == "additionalProperties") return one(at, value, node.additional_properties);
  if (name == "propertyNames") return one(at, value, node.property_names);
  if (name == "unevaluatedProperties") {
    out_.tracks_evaluated = true;
    return one(at, value, node.unevaluated_properties);
  }
  if (name == "required") {
    TRY_ASSIGN(auto required, names(value));
    if (out_.resources[static_cast<std::size_t>(at.resource)].validates) {
      node.required = std::move(required);
    }
    return {};
  }
  const bool holds_map = name == "properties" || name == "patternProperties" ||
                         name == "dependentSchemas" || name == "dependentRequired" ||
                         name == "dependencies" || name == "$defs" || name == "definitions";
  if (!holds_map) return {};
  if (!value.is_object()) return must_be(value, "an object");
  if (name == "dependencies") return dependencies(at, value, node);
  for (const Value part : value) {
    if (name == "properties") {
      node.properties.try_emplace(part.key(), node_for(registry_.child(at, part)));
    } else if (name == "patternProperties") {
      TRY_ASSIGN(Pattern compiled, pattern(part.key(), part));
      node.pattern_properties.emplace_back(std::move(compiled),
                                           node_for(registry_.child(at, part)));
    } else if (name == "dependentSchemas") {
      node.dependent_schemas.emplace_back(part.key(), node_for(registry_.child(at, part)));
    } else if (name == "dependentRequired") {
      TRY_ASSIGN(auto needed, names(part));
      node.dependent_required.emplace_back(part.key(), std::move(needed));
    }
  }
  return {};
}

Status Compiler::dependencies(const Location& at, const Value& value, Node& node) {
  for (const Value part : value) {
    if (part.is_array()) {
      TRY_ASSIGN(auto needed, names(part));
      node.dependent_required.emplace_back(part.key(), std::move(needed));
    } else {
      node.dependent_schemas.emplace_back(part.key(), node_for(registry_.child(at, part)));
    }
  }
  return {};
}

Status Compiler::logic_keyword(const Location& at, std::string_view name, const Value& value,
                               Node& node) {
  const std::array<std::pair<std::string_view, std::vector<int>*>, 3> lists = {
      {{"allOf", &node.all_of}, {"anyOf", &node.any_of}, {"oneOf", &node.one_of}}};
  for (const auto& [keyword, field] : lists) {
    if (keyword == name) return list(at, value, *field);
  }
  const std::array<std::pair<std::string_view, int*>, 4> ones = {{{"not", &node.negated},
                                                                  {"if", &node.condition},
                                                                  {"then", &node.then_branch},
                                                                  {"else", &node.else_branch}}};
  for (const auto& [keyword, field] : ones) {
    if (keyword == name) return one(at, value, *field);
  }
  return {};
}

}  // namespace maester::schema
