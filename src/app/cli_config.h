// The parts of `maester config`. Private to the command line's files.
#pragma once

namespace CLI {
class App;
}

namespace maester::app {

class CliSession;

void add_import_litellm_command(CLI::App& group, CliSession& session);
void add_config_version_commands(CLI::App& group, CliSession& session);

}  // namespace maester::app
