// The commands below `maester eval`. Private to the command line's files.
#pragma once

#include "app/cli_session.h"
#include "codec/json_writer.h"

namespace maester::app {

// The member `knowledge` of a candidate: "handbook", or "handbook@v2" for one version of its index.
void write_collection(json::Writer& w, const std::string& text, bool require_citations);

void add_eval_run_command(CLI::App& group, CliSession& session);
void add_eval_gate_commands(CLI::App& group, CliSession& session);
void add_eval_server_commands(CLI::App& group, CliSession& session);

}  // namespace maester::app
