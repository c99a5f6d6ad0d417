// The schema and a loaded configuration, told to people and programs.
#pragma once

#include <string>
#include <vector>

#include "app/config_tree.h"

namespace maester::app {

// JSON Schema (draft 2020-12) of maester.toml, for editors.
std::string config_json_schema();

// docs/reference/configuration.md: every key with its type, default and text.
std::string config_reference_markdown();

// One setting of a loaded configuration.
struct Setting {
  std::string key;     // "providers[0].api_key"
  std::string value;   // as TOML; secrets as "(secret)", what is not set as ""
  std::string origin;  // default | file | env
  std::string help;
};
// Every key in the order of the schema; the elements of lists one after the other.
std::vector<Setting> explain_config(const Node& root);

}  // namespace maester::app
