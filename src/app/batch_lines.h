// Input and output of `maester batch run`: lines of either kind made into a batch's requests, and
// the batch's two files put together in the order of the input. Files are read and written line by
// line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace maester::app {

struct BatchInput {
  std::string path;
  std::string model;  // that every line asks, "" = as each says
  // What lines of variables are for: a prompt of the registry and its version or label.
  std::string prompt, version, label;
};

struct BatchRequests {
  std::string endpoint;  // of all lines
  std::int64_t lines = 0;
  std::vector<std::string> problems;  // "FILE:LINE: what is wrong"; with any there is no batch
};

// Writes `to`: a request a line. A line of the input is a request already (it has `custom_id`,
// `method`, `url` and `body`), or an object of a prompt's variables. Fails when a file cannot be
// read or written.
Result<BatchRequests> write_requests(const BatchInput& input, const std::string& to);

struct BatchAnswers {
  std::int64_t answered = 0, failed = 0;
};
// Writes `to`: for each line of `requests`, in their order, its line of `output` or of `errors`
// ("" = there is no such file). Code::corrupt when a request has neither.
Result<BatchAnswers> merge_answers(const std::string& requests, const std::string& output,
                                   const std::string& errors, const std::string& to);

}  // namespace maester::app
