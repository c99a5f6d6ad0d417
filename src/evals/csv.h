// CSV after RFC 4180, a row at a time, with any line end and quoted line ends.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "base/result.h"

namespace maester::evals {

class CsvReader {
 public:
  // `in` must outlive it.
  explicit CsvReader(std::istream& in) : in_(in) {}
  // The next row, false at the end. Blank lines are passed over. Fails with "line L: ...": a quote
  // that is not closed or stands in the middle of a cell, more than 16 MiB in a row.
  Result<bool> next(std::vector<std::string>& row);
  // The line at which the last row began.
  std::uint32_t line() const { return row_line_; }

 private:
  std::istream& in_;
  std::uint32_t line_ = 1, row_line_ = 1;
  bool started_ = false;
};

// A cell as CSV writes it: in quotes when it must be. What a spreadsheet would run as a formula
// stays data: a leading apostrophe is put before = + - @ of a text that is no number.
std::string csv_cell(std::string_view text);

}  // namespace maester::evals
