// maester config versions | rollback
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_config.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

struct Options {
  std::string format = "table";
  std::int64_t version = 0;
};

void versions(CliSession& session, const Options& options) {
  const auto rows = session.request_all("/v1/config/versions");
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(),
             {"version", "config", "source", "actor", "origin", "loaded_at"});
}

void rollback(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (options.version > 0) w.field("version", options.version);
  w.end_object();
  session.call(options.format, "POST", "/v1/config/rollback", body, [&](json::Value answer) {
    session.out() << "version " << cell_text(answer.get("version"))
                  << " is in force: " << printable(answer.get("config").string_or(""))
                  << ", the text of version " << cell_text(answer.get("origin")) << '\n';
  });
}

}  // namespace

void add_config_version_commands(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      group.add_subcommand("versions", "List what the running server has loaded, newest first");
  add_format(*command, options->format);
  command->callback([&session, options] { versions(session, *options); });

  command = group.add_subcommand("rollback", "Put an earlier configuration in force again");
  command->add_option("VERSION", options->version, "Its number; default: what was before")
      ->check(CLI::PositiveNumber);
  add_format(*command, options->format);
  command->footer("Example:\n  maester config versions\n  maester config rollback 3");
  command->callback([&session, options] { rollback(session, *options); });
}

}  // namespace maester::app
