// maester serve, maester worker
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "app/address.h"
#include "app/cli_session.h"
#include "app/config.h"

namespace maester::app {
namespace {

struct Options {
  std::string config_file;
  ServeOptions serve;
};

std::expected<gateway::Config, Problems> read(Options& options) {
  ConfigSource& source = options.serve.source;
  source.dev = options.serve.dev;
  source.file = options.config_file;
  if (source.file.empty() && !source.dev) source.file = "maester.toml";
  auto text = source.read();
  if (!text) return std::unexpected(std::move(text.error()));
  auto loaded = source.parse(*text);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  options.serve.config_text = std::move(*text);
  return std::move(loaded->config);
}

std::optional<gateway::Config> load(CliSession& session, Options& options) {
  auto config = read(options);
  if (!config) {
    session.err() << to_string(config.error());
    session.fail(
        "the configuration has problems; nothing was started"
        "\nWithout a configuration, try `maester serve --dev`.");
    return std::nullopt;
  }
  return std::move(*config);
}

// What must not be served to other machines.
bool check_listen(CliSession& session, const gateway::Config& config, const ServeOptions& serve) {
  const auto address = parse_listen_address(config.listen);
  if (!address) {
    session.wrong_usage(
        "--listen is ADDRESS:PORT with a numeric address, such as "
        "127.0.0.1:8080, not `" +
        config.listen + "`");
    return false;
  }
  if (is_loopback(address->host)) return true;
  if (serve.dev) {
    session.wrong_usage(
        "--dev asks for no key and so serves this machine only; listen on "
        "127.0.0.1, or leave --dev out");
    return false;
  }
  if (!config.tls_certificate.empty() || serve.behind_proxy) return true;
  session.wrong_usage("listening on " + config.listen +
                      " without TLS would show keys to the network; configure [tls], or say "
                      "--behind-proxy when a proxy in front speaks TLS");
  return false;
}

}  // namespace

void add_serve_command(CLI::App& root, CliSession& session) {
  CLI::App* command = root.add_subcommand("serve", "Run the server");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config_file, "TOML file (default: maester.toml)");
  command->add_option("--data", options->serve.source.data_dir, "Directory of everything durable");
  command->add_option("--listen", options->serve.source.listen, "ADDRESS:PORT");
  command->add_flag("--dev", options->serve.dev,
                    "Simulated models, no key needed, this machine only");
  command->add_flag("--behind-proxy", options->serve.behind_proxy,
                    "A proxy in front speaks TLS: allow plain http off this machine");
  command->footer(
      "Examples:\n  maester serve --dev\n"
      "  maester serve --config maester.toml --data /var/lib/maester\n\n"
      "SIGHUP reads the configuration again, SIGTERM drains and stops.");
  command->callback([&session, options] {
    auto config = load(session, *options);
    if (!config || !check_listen(session, *config, options->serve)) return;
    session.set_status(session.environment().serve(std::move(*config), options->serve));
  });
}

void add_worker_command(CLI::App& root, CliSession& session) {
  CLI::App* command =
      root.add_subcommand("worker", "Run the jobs of a data directory that no server has open");
  auto options = std::make_shared<Options>();
  auto until_empty = std::make_shared<bool>(false);
  command->add_option("--config", options->config_file, "TOML file (default: maester.toml)");
  command->add_option("--data", options->serve.source.data_dir, "Directory of everything durable");
  command->add_flag("--dev", options->serve.dev, "Of a server that runs with --dev");
  command->add_flag("--until-empty", *until_empty, "End when no job is left");
  command->footer(
      "A running server runs its jobs itself; this is for when it does not run.\n\n"
      "Example:\n  maester worker --config maester.toml --until-empty");
  command->callback([&session, options, until_empty] {
    auto config = load(session, *options);
    if (!config) return;
    session.set_status(
        session.environment().work(std::move(*config), {options->serve, *until_empty}));
  });
}

}  // namespace maester::app
