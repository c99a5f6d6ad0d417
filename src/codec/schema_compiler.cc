#include "codec/schema_compiler.h"

#include <array>
#include <limits>
#include <set>
#include <utility>

#include "codec/schema_keywords.h"

namespace maester::schema {
namespace {

using Draft = JsonSchema::Draft;

constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxPatterns = 256;

std::unexpected<Error> malformed(const Value& value, std::string_view what) {
  const std::string path = value.path();
  return fail(
      Code::invalid_request,
      "The schema's " + (path.empty() ? "root" : "`" + path + "`") + " " + std::string(what) + ".",
      path);
}

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> kTypes = {{
    {"null", kNullType},
    {"boolean", kBooleanType},
    {"integer", kIntegerType},
    {"number", kNumberType},
    {"string", kStringType},
    {"array", kArrayType},
    {"object", kObjectType},
}};

}  // namespace

Status Compiler::run(std::string_view text) {
  TRY_ASSIGN(const Location root, registry_.load(text, ""));
  out_.root = node_for(root);
  TRY(drain());
  return bind_dynamic_anchors();
}

int Compiler::node_for(const Location& location) {
  const auto [known, is_new] =
      node_at_.try_emplace(location.value.raw().data(), static_cast<int>(out_.nodes.size()));
  if (is_new) {
    out_.nodes.push_back(std::make_unique<Node>());
    pending_.push_back({location, known->second});
  }
  return known->second;
}

Status Compiler::drain() {
  while (!pending_.empty()) {
    if (out_.nodes.size() > kMaxNodes) {
      return fail(Code::too_large, "The schema has more than 20000 parts.");
    }
    const Pending next = pending_.back();
    pending_.pop_back();
    TRY(compile(next.location, *out_.nodes[static_cast<std::size_t>(next.node)]));
  }
  return {};
}

// A $dynamicRef may end in any resource that has its anchor: each becomes a node, and so on until
// nothing new appears.
Status Compiler::bind_dynamic_anchors() {
  std::set<std::string> done;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < out_.nodes.size(); ++i) {
      const std::string anchor = out_.nodes[i]->dynamic_anchor;
      if (!anchor.empty()) changed |= done.insert(anchor).second;
    }
    for (const std::string& anchor : done) {
      for (std::size_t r = 0; r < out_.resources.size(); ++r) {
        const auto found = out_.resources[r].dynamic_anchors.find(anchor);
        if (found == out_.resources[r].dynamic_anchors.end()) continue;
        if (out_.resources[r].dynamic_nodes.contains(anchor)) continue;
        const int node = node_for({found->second, static_cast<int>(r)});
        out_.resources[r].dynamic_nodes[anchor] = node;
        changed = true;
      }
    }
    TRY(drain());
  }
  return {};
}

Status Compiler::compile(const Location& at, Node& node) {
  node.resource = at.resource;
  if (at.value.is_bool()) {
    node.verdict = at.value.bool_or(true) ? Node::Verdict::always : Node::Verdict::never;
    return {};
  }
  if (!at.value.is_object()) return malformed(at.value, "must be an object or a boolean");
  if (at.value.duplicate_key()) return malformed(at.value, "has a keyword twice");
  const bool only_reference = draft(at) == Draft::draft7 && at.value.get("$ref").is_string();
  for (const Value member : at.value) {
    if (options_.refuse_unknown_keywords && shape_of(member.key(), draft(at)) == Shape::unknown) {
      return malformed(member, "is an unknown keyword");
    }
    if (only_reference && member.key() != "$ref") continue;
    TRY(keyword(at, member.key(), member, node));
  }
  return {};
}

Status Compiler::keyword(const Location& at, std::string_view name, const Value& value,
                         Node& node) {
  const Shape shape = shape_of(name, draft(at));
  if (shape == Shape::unknown) return {};
  TRY(core_keyword(at, name, value, node));
  TRY(array_keyword(at, name, value, node));
  TRY(object_keyword(at, name, value, node));
  TRY(logic_keyword(at, name, value, node));
  if (!out_.resources[static_cast<std::size_t>(at.resource)].validates) return {};
  TRY(any_keyword(name, value, node));
  TRY(number_keyword(name, value, node));
  return count_keyword(name, value, node);
}

Status Compiler::core_keyword(const Location& at, std::string_view name, const Value& value,
                              Node& node) {
  if (name == "$dynamicRef") return dynamic_reference(at, value, node);
  if (name != "$ref") return {};
  if (!value.is_string()) return malformed(value, "must be a string");
  TRY_ASSIGN(const Location target, registry_.resolve(at, value.string_or("")));
  node.reference = node_for(target);
  return {};
}

Status Compiler::dynamic_reference(const Location& at, const Value& value, Node& node) {
  if (!value.is_string()) return malformed(value, "must be a string");
  const std::string_view reference = value.string_or("");
  TRY_ASSIGN(const Location target, registry_.resolve(at, reference));
  // Dynamic only when what it names at first is a dynamic anchor itself; otherwise it is a plain
  // $ref.
  const std::size_t hash = reference.find('#');
  const std::string_view fragment =
      hash == std::string_view::npos ? std::string_view() : reference.substr(hash + 1);
  const Resource& resource = out_.resources[static_cast<std::size_t>(target.resource)];
  if (!fragment.empty() && resource.dynamic_anchors.contains(fragment)) {
    node.dynamic_anchor = fragment;
  }
  // $ref beside it stays: both hold, so the dynamic one becomes an allOf branch of its own.
  if (node.reference == kNoNode && !at.value.get("$ref").exists()) {
    node.reference = node_for(target);
    return {};
  }
  auto branch = std::make_unique<Node>();
  branch->resource = at.resource;
  branch->reference = node_for(target);
  branch->dynamic_anchor = std::exchange(node.dynamic_anchor, {});
  out_.nodes.push_back(std::move(branch));
  node.all_of.push_back(static_cast<int>(out_.nodes.size()) - 1);
  return {};
}

Status Compiler::types(const Value& value, Node& node) {
  const auto add = [&node](const Value& name) -> Status {
    for (const auto& [type, bit] : kTypes) {
      if (name.is_string() && name.string_or("") == type) {
        node.types |= bit;
        return {};
      }
    }
    return malformed(name, "names no type");
  };
  if (!value.is_array()) return add(value);
  if (value.size() == 0) return malformed(value, "must name a type");
  for (const Value name : value) TRY(add(name));
  return {};
}

Status Compiler::any_keyword(std::string_view name, const Value& value, Node& node) {
  if (name == "type") return types(value, node);
  if (name == "const") node.constant = value;
  if (name == "format" && options_.assert_formats) {
    if (!value.is_string()) return malformed(value, "must be a string");
    node.format_name = value.string_or("");
    node.format = format_check(node.format_name);
    if (node.format == nullptr) return malformed(value, "names no known format");
  }
  if (name != "enum") return {};
  if (!value.is_array()) return malformed(value, "must be an array");
  node.has_enumeration = true;
  for (const Value one : value) node.enumeration.push_back(one);
  return {};
}

Status Compiler::number_keyword(std::string_view name, const Value& value, Node& node) {
  const std::array<std::pair<std::string_view, std::optional<Decimal>*>, 5> fields = {{
      {"multipleOf", &node.multiple_of},
      {"maximum", &node.maximum},
      {"exclusiveMaximum", &node.exclusive_maximum},
      {"minimum", &node.minimum},
      {"exclusiveMinimum", &node.exclusive_minimum},
  }};
  for (const auto& [keyword, field] : fields) {
    if (keyword != name) continue;
    if (!value.is_number()) return malformed(value, "must be a number");
    *field = Decimal::parse(value.raw());
    if (field == &node.multiple_of &&
        (node.multiple_of->is_zero() || node.multiple_of->negative())) {
      return malformed(value, "must be greater than 0");
    }
  }
  return {};
}

Status Compiler::count_keyword(std::string_view name, const Value& value, Node& node) {
  const std::array<std::pair<std::string_view, std::optional<std::uint64_t>*>, 8> fields = {{
      {"maxLength", &node.max_length},
      {"minLength", &node.min_length},
      {"maxItems", &node.max_items},
      {"minItems", &node.min_items},
      {"maxProperties", &node.max_properties},
      {"minProperties", &node.min_properties},
      {"maxContains", &node.max_contains},
      {"minContains", &node.min_contains},
  }};
  for (const auto& [keyword, field] : fields) {
    if (keyword != name) continue;
    const Decimal number = value.is_number() ? Decimal::parse(value.raw()) : Decimal();
    if (!value.is_number() || !number.is_integer() || number.negative()) {
      return malformed(value, "must be an integer from 0 on");
    }
    const auto count = number.to_int64();
    *field = count ? static_cast<std::uint64_t>(*count) : std::numeric_limits<std::uint64_t>::max();
  }
  return {};
}

Status Compiler::one(const Location& at, const Value& value, int& into) {
  into = node_for(registry_.child(at, value));
  return {};
}

Status Compiler::list(const Location& at, const Value& value, std::vector<int>& into) {
  if (!value.is_array() || value.size() == 0) {
    return malformed(value, "must be an array of at least one schema");
  }
  for (const Value part : value) into.push_back(node_for(registry_.child(at, part)));
  return {};
}

Result<std::vector<std::string_view>> Compiler::names(const Value& value) {
  if (!value.is_array()) return malformed(value, "must be an array of strings");
  std::vector<std::string_view> out;
  for (const Value name : value) {
    if (!name.is_string()) return malformed(name, "must be a string");
    out.push_back(name.string_or(""));
  }
  return out;
}

Result<Pattern> Compiler::pattern(std::string_view text, const Value& place) {
  if (++patterns_ > kMaxPatterns) {
    return fail(Code::too_large, "The schema has more than 256 patterns.");
  }
  auto compiled = Pattern::compile(text);
  if (!compiled) compiled.error().param = place.path();
  return compiled;
}

}  // namespace maester::schema
