// The server at MAESTER_URL as what suites ask.
#pragma once

#include <memory>
#include <string>

#include "app/cli.h"
#include "evals/model_port.h"

namespace maester::app {

// Each thread that asks has a connection of its own. The environment must outlive the port.
std::unique_ptr<evals::ModelPort> server_port(const CliEnvironment& environment, std::string url);

}  // namespace maester::app
