// maester replay. Private to the command line's files.
#pragma once

#include "app/cli_session.h"

namespace maester::app {

void add_replay_command(CLI::App& root, CliSession& session);

}  // namespace maester::app
