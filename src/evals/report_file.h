// A report's file while it is written. Private to report*.cc.
#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::evals {

class ReportFile {
 public:
  explicit ReportFile(std::string path);
  ~ReportFile();  // removes what was not finished
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;

  Status open();
  Status write(std::string_view text);
  Status finish();  // under its own name from now on

 private:
  std::unexpected<Error> broken() const;
  std::string path_, partial_;
  std::ofstream out_;
};

}  // namespace maester::evals
