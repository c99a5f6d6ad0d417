// `@labels.toml` beside pulled prompts: what each label points to, and which labels are protected.
// No prompt's file has this name, for no prompt's name has an `@`.
//
//   [labels."greet"]
//   "production" = "v3"
//   "canary" = [{ "version" = "v3", "weight" = 90 }, { "version" = "v4", "weight" = 10 }]
//
//   [[protections]]
//   prompt = "*"
//   label = "production"
//   role = "admin"
//   approvals = 1
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace maester::app {

inline constexpr std::string_view kLabelsFile = "@labels.toml";

// What the server is sent: bodies of POST /v1/prompts/{name}/labels by prompt, and of PUT
// /v1/protections.
struct LabelSettings {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> protections;
};

// Errors have the file, and line and column where TOML has one.
Result<LabelSettings> read_labels_file(const std::string& path, std::string_view text);

// `labels`: the rows of GET /v1/prompts/{name}/labels (a JSON array) by prompt; `protections`:
// those of GET /v1/protections. In the order in which they come.
Result<std::string> labels_file(const std::vector<std::pair<std::string, std::string>>& labels,
                                std::string_view protections);

}  // namespace maester::app
