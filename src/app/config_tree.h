// A configuration as read: one node per key of the schema, defaults filled in, each with its place
// and origin. Between the TOML text and gateway::Config, so that checks can point at what they are
// about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_schema.h"

namespace maester::app {

// Where something stands in the file; line 0 = nowhere (a default).
struct Place {
  std::uint32_t line = 0, column = 0;
  auto operator<=>(const Place&) const = default;
};

enum class Origin : std::uint8_t { fallback, file, env, secret_file };

struct Node {
  const Field* field = nullptr;  // null for the root and for the elements of a list
  Origin origin = Origin::fallback;
  Place place, end;    // of the value: its first character, and the one after its last
  bool given = false;  // stands in the file
  bool valid = true;   // false: a problem was reported; the value is the default
  std::string text;    // text, secret, choice, money: with `${...}` replaced
  std::string source;  // the same as it was written
  std::int64_t number = 0;
  bool flag = false;
  std::vector<Node> members;  // of a table, in the order of the schema's fields
  std::vector<Node> items;    // of a list

  const Node& operator[](std::string_view name) const;  // REQUIRES: a table that has the field
  const Table* table = nullptr;                         // of a table
};

inline const Node& Node::operator[](std::string_view name) const {
  return members[table->index(name)];
}

}  // namespace maester::app
