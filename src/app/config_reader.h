// TOML text -> tree of nodes, checked against the schema. Private to the configuration's files.
#pragma once

#include <string>
#include <string_view>

#include "app/config.h"
#include "app/config_tree.h"

namespace maester::app {

// Collects what is wrong; shared by the reader and the checks that follow it.
class ProblemList {
 public:
  explicit ProblemList(std::string file) : file_(std::move(file)) {}
  void add(Place place, std::string message) {
    problems_.push_back({file_, place, std::move(message)});
  }
  bool empty() const { return problems_.empty(); }
  Problems take();  // sorted by place

 private:
  std::string file_;
  Problems problems_;
};

// Always answers a whole tree: what is missing or wrong has its default.
Node read_tree(std::string_view toml, const std::string& file_name, const Environment& environment,
               ProblemList& problems);

// A name of the schema for messages: "a string", "an integer", ...
std::string_view expected_kind(Type type);

}  // namespace maester::app
