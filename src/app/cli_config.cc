// maester config check | schema | explain  (versions, rollback: cli_config_versions.cc;
// import-litellm: cli_import_litellm.cc)
#include "app/cli_config.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/cli_session.h"
#include "app/config.h"
#include "app/config_describe.h"
#include "app/text_table.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

struct Options {
  std::string file = "maester.toml";
  std::string format = "table";
  bool no_secrets = false, markdown = false, dev = false;
};

std::optional<LoadedConfig> load(CliSession& session, const Options& options) {
  const Environment stand_in = Environment::stand_in();
  auto loaded = options.dev
                    ? parse_config(dev_config_toml(), "(built-in --dev configuration)", stand_in)
                    : load_config(options.file, options.no_secrets ? &stand_in : nullptr);
  if (loaded) return std::move(*loaded);
  const Problems& problems = loaded.error();
  session.err() << to_string(problems);
  session.fail(std::to_string(problems.size()) + (problems.size() == 1 ? " problem" : " problems"));
  return std::nullopt;
}

void check(CliSession& session, const Options& options) {
  const auto loaded = load(session, options);
  if (!loaded) return;
  const gateway::Config& config = loaded->config;
  session.out() << options.file << ": ok, version " << config.version << ": "
                << config.providers.size() << " providers, " << config.models.size() << " models, "
                << config.routes.size() << " routes, " << config.keys.size() << " keys\n";
}

void explain(CliSession& session, const Options& options) {
  const auto loaded = load(session, options);
  if (!loaded) return;
  const std::vector<Setting> settings = explain_config(loaded->tree);
  if (options.format == "json") {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("version", loaded->config.version).key("data").begin_array();
    for (const Setting& setting : settings) {
      w.begin_object().field("key", setting.key).field("value", setting.value);
      w.field("origin", setting.origin).field("help", setting.help).end_object();
    }
    w.end_array().end_object();
    return session.print_json(out);
  }
  TextTable table({"key", "value", "from", "help"});
  for (const Setting& setting : settings) {
    table.add({setting.key, setting.value, setting.origin, setting.help});
  }
  table.print(session.out());
}

}  // namespace

void add_config_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("config", "Check and explain the configuration");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();

  CLI::App* command = group->add_subcommand("check", "Tell everything that is wrong with a file");
  command->add_option("FILE", options->file, "TOML file")->capture_default_str();
  command->add_flag(
      "--no-secrets", options->no_secrets,
      "Do not read ${env:..} and ${file:..}: check where the secrets are not at hand");
  command->footer("Example:\n  maester config check maester.toml --no-secrets");
  command->callback([&session, options] { check(session, *options); });

  command = group->add_subcommand("schema", "Print the JSON Schema of maester.toml");
  command->add_flag("--markdown", options->markdown, "Print the reference page instead");
  command->callback([&session, options] {
    session.out() << (options->markdown ? config_reference_markdown()
                                        : config_json_schema() + "\n");
  });

  command = group->add_subcommand("explain", "Show every setting with where its value came from");
  command->add_option("FILE", options->file, "TOML file")->capture_default_str();
  command->add_flag("--dev", options->dev, "Explain the built-in configuration of serve --dev");
  command->add_flag("--no-secrets", options->no_secrets, "Do not read ${env:..} and ${file:..}");
  add_format(*command, options->format);
  command->footer("Example:\n  maester config explain maester.toml -o json");
  command->callback([&session, options] { explain(session, *options); });
  add_config_version_commands(*group, session);
  add_import_litellm_command(*group, session);
}

}  // namespace maester::app
