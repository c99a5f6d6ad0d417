// Which cases of an earlier run are run again: out of its JSON lines report.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"

namespace maester::app {

struct EarlierRun {
  std::string failing;  // run what did not pass there
  std::string errors;   // run what was an error there
  std::string resume;   // run what is not there
  bool any() const { return !failing.empty() || !errors.empty() || !resume.empty(); }
};

// By test index, for RunOptions::case_selected. Fails when a file cannot be read, is no JSON lines
// report, or more than one is given. Blocking.
Result<std::function<bool(std::size_t test_index)>> cases_of(const EarlierRun& earlier);

}  // namespace maester::app
