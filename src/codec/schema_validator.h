// Inside of JsonSchema: one validation. Private to codec.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json_schema.h"
#include "codec/schema_node.h"

namespace maester::schema {

class Validator {
 public:
  Validator(const Compiled& compiled, ValidationResult& result)
      : compiled_(compiled), result_(result), steps_left_(compiled.max_steps) {}
  void run(const Value& instance);

 private:
  // Which members or elements of one instance some schema has looked at, for unevaluated*.
  using Evaluated = std::vector<bool>;
  // How the instance was reached, innermost first, for failure messages.
  struct Path {
    const Path* parent;
    const Value& value;
    std::size_t index;
    bool is_member;
  };
  // What is being checked: an instance, where it stands, what of it was evaluated so far (null:
  // nobody asks).
  struct Subject {
    const Value& value;
    const Path* path;
    Evaluated* evaluated;
  };

  bool check(int node, const Subject& subject);
  bool check_rules(const Node& node, const Subject& subject);
  bool check_value(const Node& node, const Subject& subject);
  bool check_number(const Node& node, const Subject& subject);
  bool check_string(const Node& node, const Subject& subject);
  bool check_array(const Node& node, const Subject& subject);
  bool check_contains(const Node& node, const Subject& subject);
  bool check_unique(const Subject& subject);
  bool check_object(const Node& node, const Subject& subject);
  bool check_members(const Node& node, const Subject& subject);
  bool check_required(const Node& node, const Subject& subject);
  bool check_logic(const Node& node, const Subject& subject);
  bool check_one_of(const Node& node, const Subject& subject);
  bool check_condition(const Node& node, const Subject& subject);
  bool check_reference(const Node& node, const Subject& subject);
  bool check_unevaluated(const Node& node, const Subject& subject);
  bool check_part(int node, const Value& part, std::size_t index, const Subject& subject);
  // Without recording failures, for anyOf and its like.
  bool quietly(int node, const Subject& subject);
  bool spend(std::uint64_t steps, const Subject& subject);
  bool fail(const Subject& subject, std::string_view keyword, std::string message);

  const Compiled& compiled_;
  ValidationResult& result_;
  std::uint64_t steps_left_;
  int depth_ = 0;
  int quiet_ = 0;
  bool exhausted_ = false;
  std::vector<int> scope_;  // the resources that were entered, outermost first
};

}  // namespace maester::schema
