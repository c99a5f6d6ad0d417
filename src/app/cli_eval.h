// The commands below `maester eval`. Private to the command line's files.
#pragma once

#include "app/cli_session.h"

namespace maester::app {

void add_eval_run_command(CLI::App& group, CliSession& session);
void add_eval_gate_commands(CLI::App& group, CliSession& session);
void add_eval_server_commands(CLI::App& group, CliSession& session);

}  // namespace maester::app
