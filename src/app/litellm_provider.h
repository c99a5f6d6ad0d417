// A deployment of LiteLLM's -> whom to ask, and how. Private to the importer.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "app/litellm_model.h"

namespace maester::app {

// `prefix`: LiteLLM's name of the provider; `upstream`: what stands behind it, of which parts that
// are no part of the model's name are taken away. The error says why the deployment is left out;
// its param is the place below the deployment's, "" for all of it.
Result<LitellmProvider> litellm_provider(std::string_view prefix, std::string& upstream,
                                         const YAML::Node& params);

}  // namespace maester::app
