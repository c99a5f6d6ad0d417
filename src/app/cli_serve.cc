// maester serve
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "app/address.h"
#include "app/cli_session.h"
#include "app/config.h"

namespace maester::app {
namespace {

struct Options {
  std::string config_file, data_dir, listen;
  ServeOptions serve;
};

std::optional<gateway::Config> load(CliSession& session, const Options& options) {
  const bool built_in = options.serve.dev && options.config_file.empty();
  auto loaded =
      built_in ? parse_config(dev_config_toml(), "(built-in --dev configuration)",
                              Environment::of_process("."))
               : load_config(options.config_file.empty() ? "maester.toml" : options.config_file);
  if (!loaded) {
    session.err() << to_string(loaded.error());
    session.fail(
        "the configuration has problems; nothing was started"
        "\nWithout a configuration, try `maester serve --dev`.");
    return std::nullopt;
  }
  gateway::Config config = std::move(loaded->config);
  if (!options.data_dir.empty()) config.data_dir = options.data_dir;
  if (!options.listen.empty()) config.listen = options.listen;
  if (options.serve.dev) config.capture = gateway::Capture::full;
  return config;
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
  command->add_option("--data", options->data_dir, "Directory of everything durable");
  command->add_option("--listen", options->listen, "ADDRESS:PORT");
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

}  // namespace maester::app
