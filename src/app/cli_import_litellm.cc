// maester config import-litellm FILE
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_config.h"
#include "app/cli_session.h"
#include "app/config.h"
#include "app/litellm.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

struct Options {
  std::string file, format = "table";
};

void print_as_json(CliSession& session, const LitellmImport& made) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("toml", made.toml).key("notes").begin_array();
  for (const LitellmNote& one : made.notes)
    w.begin_object().field("where", one.where).field("why", one.why).end_object();
  w.end_array().key("calls").begin_array();
  for (const LitellmCall& one : made.calls) {
    w.begin_object().field("method", "POST").field("path", one.path).raw_field("body", one.body);
    w.field("why", one.why).end_object();
  }
  w.end_array().end_object();
  session.print_json(out);
}

void import(CliSession& session, const Options& options) {
  const auto text = read_config_file(options.file);
  if (!text) return session.fail(to_string(text.error()));
  const auto made = import_litellm(*text);
  if (!made) return session.fail(options.file + ": " + made.error().message);
  if (options.format == "json") {
    print_as_json(session, *made);
  } else {
    session.out() << made->toml;
    for (const LitellmNote& one : made->notes)
      session.err() << "not carried as it was: " << one.where << ": " << one.why << '\n';
    for (const LitellmCall& one : made->calls) {
      session.err() << "to do: " << one.why << ":\n  curl -X POST $MAESTER_URL" << one.path
                    << " -H \"authorization: Bearer $MAESTER_API_KEY\" -d '" << one.body << "'\n";
    }
  }
  // What was made is checked as it will be on loading, but for the secrets.
  const auto loaded = parse_config(made->toml, "(made)", Environment::stand_in());
  if (!loaded)
    session.fail("what was made needs work before it loads:\n" + to_string(loaded.error()));
}

}  // namespace

void add_import_litellm_command(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand(
      "import-litellm", "Turn a LiteLLM proxy's YAML into maester.toml on standard output");
  command->add_option("FILE", options->file, "LiteLLM's config.yaml")->required();
  add_format(*command, options->format);
  command->footer(
      "What could not be carried is told on standard error.\n\n"
      "Example:\n  maester config import-litellm config.yaml > maester.toml");
  command->callback([&session, options] { import(session, *options); });
}

}  // namespace maester::app
