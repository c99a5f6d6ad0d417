// Tables for terminals and pipes: columns aligned with spaces, no colour, no borders.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"

namespace maester::app {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<std::string> row);  // REQUIRES: as many cells as the header
  // Header in upper case, two spaces between columns, no spaces at line ends.
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// Text with control characters made visible, so that stored data cannot steer a terminal: "\n",
// "\x1b".
std::string printable(std::string_view text);

// A JSON value as a cell: strings without quotes, null and absent empty, objects and arrays as
// JSON.
std::string cell_text(json::Value value);

// The rows of an array of objects. Without columns: the members of the first row.
void print_rows(std::ostream& out, json::Value rows, std::vector<std::string> columns = {});

// An object as lines "path  value", nested objects and arrays flattened: "model.requested gpt-4.1".
void print_object(std::ostream& out, json::Value object);

}  // namespace maester::app
