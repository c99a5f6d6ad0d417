// The keywords of arrays and objects.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "codec/json_equal.h"
#include "codec/schema_validator.h"

namespace maester::schema {

bool Validator::check_array(const Node& node, const Subject& subject) {
  bool good = true;
  const std::size_t size = subject.value.size();
  if (node.max_items && size > *node.max_items) {
    good = fail(subject, "maxItems",
                "must have at most " + std::to_string(*node.max_items) + " items");
  }
  if (node.min_items && size < *node.min_items) {
    good = fail(subject, "minItems",
                "must have at least " + std::to_string(*node.min_items) + " items");
  }
  if (!node.prefix_items.empty() || node.items != kNoNode) {
    std::size_t index = 0;
    for (const Value element : subject.value) {
      const bool in_prefix = index < node.prefix_items.size();
      const int part = in_prefix ? node.prefix_items[index] : node.items;
      if (part == kNoNode) break;
      good &= check_part(part, element, index, subject);
      if (subject.evaluated != nullptr) (*subject.evaluated)[index] = true;
      ++index;
    }
  }
  if (node.contains != kNoNode) good &= check_contains(node, subject);
  if (node.unique_items) good &= check_unique(subject);
  return good;
}

bool Validator::check_contains(const Node& node, const Subject& subject) {
  std::uint64_t found = 0;
  std::size_t index = 0;
  for (const Value element : subject.value) {
    if (quietly(node.contains, {element, nullptr, nullptr})) {
      ++found;
      if (subject.evaluated != nullptr) (*subject.evaluated)[index] = true;
    }
    ++index;
  }
  const std::uint64_t least = node.min_contains.value_or(1);
  if (found < least) {
    return fail(subject, "contains",
                "must contain at least " + std::to_string(least) + " matching items");
  }
  if (node.max_contains && found > *node.max_contains) {
    return fail(subject, "maxContains",
                "must contain at most " + std::to_string(*node.max_contains) + " matching items");
  }
  return true;
}

// By hash, so that a long array costs what it is long; equal hashes are compared.
bool Validator::check_unique(const Subject& subject) {
  if (!spend(1 + subject.value.raw().size() / 32, subject)) return false;
  std::unordered_multimap<std::uint64_t, Value> seen;
  for (const Value element : subject.value) {
    const std::uint64_t hash = json::hash(element);
    const auto [from, to] = seen.equal_range(hash);
    for (auto other = from; other != to; ++other) {
      if (!spend(1 + element.raw().size() / 32, subject)) return false;
      if (json::equal(other->second, element)) {
        return fail(subject, "uniqueItems", "must not have two equal items");
      }
    }
    seen.emplace(hash, element);
  }
  return true;
}

bool Validator::check_object(const Node& node, const Subject& subject) {
  bool good = true;
  const std::size_t size = subject.value.size();
  if (node.max_properties && size > *node.max_properties) {
    good = fail(subject, "maxProperties",
                "must have at most " + std::to_string(*node.max_properties) + " properties");
  }
  if (node.min_properties && size < *node.min_properties) {
    good = fail(subject, "minProperties",
                "must have at least " + std::to_string(*node.min_properties) + " properties");
  }
  if (!node.required.empty() || !node.dependent_required.empty() ||
      !node.dependent_schemas.empty()) {
    good &= check_required(node, subject);
  }
  if (!node.properties.empty() || !node.pattern_properties.empty() ||
      node.additional_properties != kNoNode || node.property_names != kNoNode) {
    good &= check_members(node, subject);
  }
  return good;
}

bool Validator::check_required(const Node& node, const Subject& subject) {
  std::unordered_set<std::string_view> keys;
  for (const Value member : subject.value) keys.insert(member.key());
  if (!spend(keys.size() / 8 + node.required.size() / 8, subject)) return false;
  bool good = true;
  const auto need = [&](std::string_view keyword, std::string_view name) {
    if (keys.contains(name)) return;
    good = fail(subject, keyword, "must have property '" + std::string(name) + "'");
  };
  for (const std::string_view name : node.required) need("required", name);
  for (const auto& [present, names] : node.dependent_required) {
    if (!keys.contains(present)) continue;
    for (const std::string_view name : names) need("dependentRequired", name);
  }
  for (const auto& [present, part] : node.dependent_schemas) {
    if (keys.contains(present)) good &= check(part, subject);
  }
  return good;
}

bool Validator::check_members(const Node& node, const Subject& subject) {
  bool good = true;
  std::size_t index = 0;
  for (const Value member : subject.value) {
    const std::string_view key = member.key();
    if (node.property_names != kNoNode) {
      json::Document name;
      const bool read = name.reparse(json::quote(key)).has_value();
      if (!read || !quietly(node.property_names, {name.root(), nullptr, nullptr})) {
        good = fail(subject, "propertyNames",
                    "must not have a property named '" + std::string(key) + "'");
      }
    }
    bool matched = false;
    if (const auto named = node.properties.find(key); named != node.properties.end()) {
      matched = true;
      good &= check_part(named->second, member, index, subject);
    }
    if (!spend(node.pattern_properties.size() * (1 + key.size() / 32), subject)) return false;
    for (const auto& [pattern, part] : node.pattern_properties) {
      if (!pattern.matches(key)) continue;
      matched = true;
      good &= check_part(part, member, index, subject);
    }
    if (!matched && node.additional_properties != kNoNode) {
      matched = true;
      if (compiled_.nodes[static_cast<std::size_t>(node.additional_properties)]->verdict ==
          Node::Verdict::never) {
        good = fail(subject, "additionalProperties",
                    "must not have the property '" + std::string(key) + "'");
      } else {
        good &= check_part(node.additional_properties, member, index, subject);
      }
    }
    if (matched && subject.evaluated != nullptr) (*subject.evaluated)[index] = true;
    ++index;
  }
  return good;
}

bool Validator::check_unevaluated(const Node& node, const Subject& subject) {
  const bool object = subject.value.is_object();
  if (!object && !subject.value.is_array()) return true;
  const int part = object ? node.unevaluated_properties : node.unevaluated_items;
  if (part == kNoNode || subject.evaluated == nullptr) return true;
  bool good = true;
  std::size_t index = 0;
  for (const Value one : subject.value) {
    if (!(*subject.evaluated)[index]) {
      good &= check_part(part, one, index, subject);
      (*subject.evaluated)[index] = true;
    }
    ++index;
  }
  return good;
}

}  // namespace maester::schema
