// The keywords that apply subschemas to the same instance: logic, conditions, references.
#include "codec/schema_validator.h"

namespace maester::schema {

bool Validator::check_logic(const Node& node, const Subject& subject) {
  bool good = true;
  for (const int part : node.all_of) good &= check(part, subject);
  if (!node.any_of.empty()) {
    bool any = false;
    for (const int part : node.any_of) {
      any |= quietly(part, subject);
      // The others may still have evaluated something that unevaluated* asks about.
      if (any && subject.evaluated == nullptr) break;
    }
    if (!any) good = fail(subject, "anyOf", "must match one schema of anyOf at least");
  }
  if (!node.one_of.empty()) good &= check_one_of(node, subject);
  if (node.negated != kNoNode && quietly(node.negated, {subject.value, subject.path, nullptr})) {
    good = fail(subject, "not", "must not match the schema of not");
  }
  if (node.condition != kNoNode) good &= check_condition(node, subject);
  return good && !exhausted_;
}

bool Validator::check_one_of(const Node& node, const Subject& subject) {
  int matches = 0;
  for (const int part : node.one_of) {
    if (quietly(part, subject)) ++matches;
    if (matches > 1) break;
  }
  if (matches == 1) return true;
  return fail(
      subject, "oneOf",
      matches == 0 ? "must match one schema of oneOf" : "must match only one schema of oneOf");
}

bool Validator::check_condition(const Node& node, const Subject& subject) {
  const int branch = quietly(node.condition, subject) ? node.then_branch : node.else_branch;
  return branch == kNoNode || check(branch, subject);
}

// A dynamic reference ends in the outermost resource of the scope that has its anchor.
bool Validator::check_reference(const Node& node, const Subject& subject) {
  if (node.reference == kNoNode) return true;
  if (!node.dynamic_anchor.empty()) {
    for (const int resource : scope_) {
      const auto& nodes = compiled_.resources[static_cast<std::size_t>(resource)].dynamic_nodes;
      const auto found = nodes.find(node.dynamic_anchor);
      if (found != nodes.end()) return check(found->second, subject);
    }
  }
  return check(node.reference, subject);
}

}  // namespace maester::schema
