// How a cell of a sheet reads: shared strings, dates by their number format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/formats/xml.h"

namespace maester::extract {

class XlsxValues {
 public:
  // REQUIRES: nothing of the trees is kept.
  XlsxValues(const pugi::xml_node& strings, const pugi::xml_node& styles, bool dates_from_1904);
  // Of a <c>.
  std::string text(const pugi::xml_node& cell) const;

 private:
  enum class Look : unsigned char { plain, date, time, date_time, percent };
  static Look look_of(std::string_view format);
  static Look look_of_builtin(int id);
  std::string number(std::string_view value, std::string_view style) const;

  std::vector<std::string> strings_;
  std::vector<Look> looks_;  // by style
  bool from_1904_;
};

// "B7" -> 1; -1 when it is no reference. At most 16,383.
int column_of(std::string_view reference);

}  // namespace maester::extract
