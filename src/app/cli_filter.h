// The options by which commands choose recorded requests. Private to the command line's files.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace maester::app {

struct FilterOptions {
  std::vector<std::string> requests, metadata;
  std::string since, until, prompt, prompt_version, model, route, key, user, outcome, feedback;
  long limit = 0, status = 0;
};

// `prefix` stands before names that would be taken: "--prompt" is "--filter-prompt" with "filter-".
void add_filter_options(CLI::App& command, FilterOptions& options, const std::string& prefix = "");
// Which reviews' labels.
struct ReviewOptions {
  std::string label, reviewer, grader, origin;
  bool corrected = false, agreed = false;
};
void add_review_options(CLI::App& command, ReviewOptions& options);
// With --prompt, --model, --since, --until and --limit of the other options.
std::string review_filter_json(const ReviewOptions& options, const FilterOptions& filter);

// As the API takes it.
Result<std::string> filter_json(const FilterOptions& options);

}  // namespace maester::app
