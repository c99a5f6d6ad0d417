// One entry of LiteLLM's model_list. Private to the importer.
#pragma once

#include <yaml-cpp/yaml.h>

#include "app/litellm_model.h"

namespace maester::app {

// Adds the deployment, its provider if it is new, and notes on what stays behind.
void read_deployment(const YAML::Node& entry, const std::string& where, LitellmModel& out);

// A scalar's text; "" when it is none.
std::string scalar(const YAML::Node& node);
std::optional<std::int64_t> whole_number(const YAML::Node& node);
std::optional<std::int64_t> milliseconds_of(const YAML::Node& node);  // from seconds

}  // namespace maester::app
