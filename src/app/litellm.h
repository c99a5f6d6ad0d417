// `maester config import-litellm`: a LiteLLM proxy's configuration as ours, and what of it could
// not be carried. Pure: no file, no environment, no network.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::app {

// Something of the old file that is not in the new one, or not in the same way.
struct LitellmNote {
  std::string where;  // "model_list[2].litellm_params.rpm"
  std::string why;    // what became of it and what to do
};

// What LiteLLM keeps in its file and Maester as an object of its API.
struct LitellmCall {
  std::string path;  // "/v1/budgets"
  std::string body;  // JSON
  std::string why;
};

struct LitellmImport {
  std::string toml;
  std::vector<LitellmNote> notes;
  std::vector<LitellmCall> calls;  // each a POST
};

// Code::invalid_request with line and column for a text that is not YAML or not a mapping.
Result<LitellmImport> import_litellm(std::string_view yaml);

}  // namespace maester::app
