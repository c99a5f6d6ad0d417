#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "app/cli_session.h"

namespace maester::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  maester config check maester.toml        tell everything that is wrong with a file
  maester prompts push greet.prompt        make a new version of the prompt `greet`
  maester prompts rollback greet production

Commands that need a server speak to MAESTER_URL (default http://127.0.0.1:8080) with
MAESTER_API_KEY. Exit status: 0 done, 1 failed, 2 wrong usage.)";

void add_version_command(CLI::App& root, CliSession& session) {
  CLI::App* command = root.add_subcommand("version", "Show the version of this program");
  auto format = std::make_shared<std::string>("table");
  add_format(*command, *format);
  command->callback([&session, format] {
    if (*format == "json") return session.print_json(R"({"version":")" MAESTER_VERSION R"("})");
    session.out() << "maester " MAESTER_VERSION "\n";
  });
}

int parse_and_run(CLI::App& root, int argc, const char* const* argv, CliSession& session) {
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = root.exit(error, session.out(), session.err());
    return code == 0 ? 0 : 2;
  }
  return session.status();
}

}  // namespace

void add_format(CLI::App& command, std::string& format) {
  command.add_option("-o,--output", format, "json or table")
      ->check(CLI::IsMember({"json", "table"}))
      ->capture_default_str();
}

int run_cli(int argc, const char* const* argv, const CliEnvironment& environment) {
  CliSession session(environment);
  CLI::App root("Maester: a reliability layer between applications and language models", "maester");
  root.require_subcommand(1);
  root.footer(kFooter);
  root.set_version_flag("--version", "maester " MAESTER_VERSION);
  if (environment.serve) add_serve_command(root, session);
  if (environment.work) add_worker_command(root, session);
  add_config_commands(root, session);
  add_prompt_commands(root, session);
  add_pricing_commands(root, session);
  add_request_commands(root, session);
  add_ingest_command(root, session);
  add_knowledge_commands(root, session);
  add_dataset_commands(root, session);
  add_eval_commands(root, session);
  add_review_commands(root, session);
  add_mcp_command(root, session);
  add_job_commands(root, session);
  add_batch_commands(root, session);
  add_file_commands(root, session);
  add_access_commands(root, session);
  add_verify_command(root, session);
  add_backup_commands(root, session);
  add_version_command(root, session);
  return parse_and_run(root, argc, argv, session);
}

}  // namespace maester::app
