#include "app/serve.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "api/router.h"
#include "app/address.h"
#include "app/process_guard.h"
#include "app/runtime_parts.h"
#include "app/upkeep.h"
#include "jobs/lease.h"
#include "wire/server.h"

namespace maester::app {
namespace {

// The whole number that an environment variable holds; nullopt without one.
std::optional<long> number_of(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits(text);
  long value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// A listening socket from the process that started us (systemd's protocol); -1 when there is none.
int inherited_listener() {
  constexpr int kFirst = 3;
  if (number_of("LISTEN_FDS").value_or(0) < 1) return -1;
  if (const auto pid = number_of("LISTEN_PID"); pid && *pid != ::getpid()) return -1;
  return kFirst;
}

Result<wire::ServerConfig> server_config(const gateway::Config& config,
                                         const ServeOptions& options) {
  const auto address = parse_listen_address(config.listen);
  if (!address)
    return fail(Code::invalid_request,
                "`listen` must be ADDRESS:PORT with a numeric address, such as 127.0.0.1:8080.");
  const bool loopback = is_loopback(address->host);
  const bool tls = !config.tls_certificate.empty();
  if (options.dev && !loopback) {
    return fail(Code::forbidden,
                "--dev serves loopback only, because it asks for no key: listen on 127.0.0.1.");
  }
  if (!loopback && !tls && !options.behind_proxy) {
    return fail(Code::forbidden, "Refusing to listen on " + config.listen +
                                     " without TLS: set tls.certificate and tls.key, or give "
                                     "--behind-proxy when a proxy in front terminates it.");
  }
  wire::ServerConfig server;
  server.host = address->host;
  server.port = address->port;
  server.inherited_fd = inherited_listener();
  if (tls) server.tls = wire::TlsServerConfig{config.tls_certificate, config.tls_key};
  server.error_body = api::wire_error_body;
  return server;
}

void print_example(const std::string& base) {
  std::printf(
      "\nTry it in another terminal:\n\n"
      "  curl -s %s/v1/prompted_completion -d "
      "'{\"prompt_name\":\"system_summary\",\"prompt_version\":\"v1\","
      "\"variables\":{\"event_text\":\"Admin revoked API key for user account "
      "742.\"},\"model\":\"gpt-4.1-mini\",\"max_tokens\":120}'\n\n"
      "or, as any OpenAI client does:\n\n"
      "  curl -s %s/v1/chat/completions -d "
      "'{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'\n\n",
      base.c_str(), base.c_str());
}

void announce(const Parts& parts, const gateway::Config& config, const ServeOptions& options,
              const std::string& base) {
  const store::OpenReport& report = parts.journal->report();
  parts.log->event(obs::Level::info, "started")
      .field("url", base)
      .field("config_version", config.version)
      .field("durability", config.durability == store::Durability::power ? "power" : "process")
      .field("clean_last_stop", !report.unclean)
      .field("torn_bytes", report.torn_bytes)
      .field("replayed_records", parts.recovery.replayed)
      .field("jobs_taken_back", parts.jobs->leases().recovered())
      .field("interrupted_attempts", parts.recovery.interrupted);
  if (report.may_have_lost_tail) {
    parts.log->event(obs::Level::warn, "journal_tail_may_be_lost")
        .field("reason",
               "The machine stopped without notice while durability was \"process\": up to the "
               "last 50 ms of usage records may be missing.");
  }
  std::printf("Maester serves on %s%s\n", base.c_str(),
              options.dev ? " (development mode: no key needed, loopback only)" : "");
  if (!options.dev) std::printf("The admin key is in %s\n", parts.data->file("admin.key").c_str());
  if (options.dev) print_example(base);
  std::fflush(stdout);
}

void drain(Parts& parts, wire::Server& server, milliseconds patience, const sigset_t& signals) {
  parts.draining = true;
  parts.log->event(obs::Level::info, "draining");
  const SecondSignal second(parts, signals);
  const Deadline until = Deadline::after(parts.clock, patience);
  parts.workers->pause(true);
  parts.batches.workers->pause(true);
  parts.shadows->close();
  server.drain(patience);
  parts.shadows->end(until);
  parts.loopback->end(until);  // what jobs ask goes back to the queue with them
  parts.workers->stop();
  parts.batches.workers->stop();
}

int serve(Parts& parts, const gateway::Config& config, const ServeOptions& options,
          const sigset_t& signals) {
  auto wire_config = server_config(config, options);
  Status ready = wire_config ? make_parts(parts, config, options)
                             : Status(fail(std::move(wire_config.error())));
  if (ready) ready = api::check_routes(api::routes());
  if (!ready) {
    std::fprintf(stderr, "maester: %s\n", ready.error().message.c_str());
    if (!ready.error().detail.empty())
      std::fprintf(stderr, "maester: (%s)\n", ready.error().detail.c_str());
    return 1;
  }
  start_parts(parts);
  auto server = std::make_unique<wire::Server>(*parts.cores, std::move(*wire_config),
                                               api::make_handler(*parts.dependencies));
  if (Status started = server->start(); !started) {
    std::fprintf(stderr, "maester: %s\n", started.error().message.c_str());
    server.reset();  // while its cores still run
    (void)stop_parts(parts);
    return 1;
  }
  parts.workers->start();
  parts.batches.workers->start();
  const auto address = parse_listen_address(config.listen);
  const std::string scheme = config.tls_certificate.empty() ? "http://" : "https://";
  const bool v6 = address->host.find(':') != std::string::npos;
  announce(parts, config, options,
           scheme + (v6 ? "[" + address->host + "]" : address->host) + ":" +
               std::to_string(server->port()));
  wait_for_end(parts, signals, [] { return false; });
  drain(parts, *server, parts.snapshots->newest()->config().drain, signals);
  server.reset();  // while its cores still run
  const bool clean = stop_parts(parts);
  parts.log->event(obs::Level::info, "stopped").field("clean", clean);
  return clean ? 0 : 1;
}

}  // namespace

int run_server(gateway::Config config, const ServeOptions& options) {
  const sigset_t signals = take_signals();
  guard_memory();
  Parts parts;
  return serve(parts, config, options, signals);
}

}  // namespace maester::app
