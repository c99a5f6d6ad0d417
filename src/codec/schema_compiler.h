// Inside of JsonSchema: turns the subschemas that can be reached into nodes. Private to codec.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "codec/schema_node.h"
#include "codec/schema_registry.h"

namespace maester::schema {

class Compiler {
 public:
  Compiler(Compiled& out, const JsonSchema::Options& options)
      : out_(out), options_(options), registry_(out, options) {}
  Status run(std::string_view text);

 private:
  // The node of a location; compiled later when it is new.
  int node_for(const Location& location);
  Status compile(const Location& location, Node& node);
  Status keyword(const Location& at, std::string_view name, const Value& value, Node& node);
  Status core_keyword(const Location& at, std::string_view name, const Value& value, Node& node);
  Status any_keyword(std::string_view name, const Value& value, Node& node);
  Status number_keyword(std::string_view name, const Value& value, Node& node);
  Status count_keyword(std::string_view name, const Value& value, Node& node);
  Status array_keyword(const Location& at, std::string_view name, const Value& value, Node& node);
  Status object_keyword(const Location& at, std::string_view name, const Value& value, Node& node);
  Status logic_keyword(const Location& at, std::string_view name, const Value& value, Node& node);
  Status items(const Location& at, const Value& value, Node& node);
  Status dependencies(const Location& at, const Value& value, Node& node);
  Status dynamic_reference(const Location& at, const Value& value, Node& node);
  Status types(const Value& value, Node& node);
  Status one(const Location& at, const Value& value, int& into);
  Status list(const Location& at, const Value& value, std::vector<int>& into);
  Result<std::vector<std::string_view>> names(const Value& value);
  Result<Pattern> pattern(std::string_view text, const Value& place);
  Status drain();
  Status bind_dynamic_anchors();
  JsonSchema::Draft draft(const Location& at) const {
    return out_.resources[static_cast<std::size_t>(at.resource)].draft;
  }

  struct Pending {
    Location location;
    int node;
  };
  Compiled& out_;
  const JsonSchema::Options& options_;
  Registry registry_;
  std::unordered_map<const char*, int> node_at_;  // the first byte of a subschema -> its node
  std::vector<Pending> pending_;
  std::size_t patterns_ = 0;
};

}  // namespace maester::schema
