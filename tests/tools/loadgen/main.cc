#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "loadgen/driver.h"

namespace {

using namespace maester::rig;

// "http://127.0.0.1:8080/v1/chat/completions"
bool read_url(std::string url, Options& out) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with(kScheme)) url.erase(0, kScheme.size());
  const std::size_t slash = url.find('/');
  const std::string authority = url.substr(0, slash);
  const std::size_t colon = authority.find(':');
  if (colon == std::string::npos) return false;
  out.server.host =
      authority.substr(0, colon) == "localhost" ? "127.0.0.1" : authority.substr(0, colon);
  out.server.port = static_cast<std::uint16_t>(std::stoi(authority.substr(colon + 1)));
  if (slash != std::string::npos) out.path = url.substr(slash);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string url;
  bool stream = false;
  CLI::App app(
      "Drives a chat endpoint and measures it. Closed loop by default; with --rate an open loop "
      "whose\n"
      "latency counts from when each request was due, so that a stalled server cannot hide its "
      "stall.",
      "loadgen");
  app.add_option("--url", url, "http://HOST:PORT[/PATH], HOST numeric")->required();
  app.add_option("--protocol", options.protocol)->check(CLI::IsMember({"openai", "anthropic"}));
  app.add_option("-c,--connections", options.connections, "concurrent requests at most")
      ->capture_default_str();
  app.add_option("-d,--duration", options.duration_s, "seconds after the warm-up")
      ->capture_default_str();
  app.add_option("--warmup", options.warmup_s, "seconds that are not counted");
  app.add_option("-n,--requests", options.requests, "stop after so many");
  app.add_option("-r,--rate", options.rate, "requests a second: open loop");
  app.add_option("--model", options.models, "model name; several are chosen from at random");
  app.add_option("--body-bytes", options.body_bytes, "length of the request body");
  app.add_option("--body-file", options.body_file,
                 "own body; {{n}}, {{model}} and {{stream}} are filled in");
  app.add_option("--max-tokens", options.max_tokens);
  app.add_flag("--stream", stream, "ask for streams");
  app.add_option("--stream-percent", options.stream_percent, "of the requests ask for streams");
  app.add_flag("--include-usage", options.include_usage);
  app.add_option("--cancel-percent", options.cancel_percent,
                 "of streams are closed after 1 to 5 events");
  app.add_option("--expect-chunks", options.expect_chunks,
                 "stamped chunks that each stream must have");
  app.add_option("-H,--header", options.headers, "\"name: value\"");
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--timeout-ms", options.timeout_ms, "for one request")->capture_default_str();
  app.add_option("--acks", options.acks, "file that gets one JSON line for each answer");
  app.add_flag("--fsync", options.sync, "sync that file");
  app.add_option("-o,--output", options.output)->check(CLI::IsMember({"json", "table"}));
  CLI11_PARSE(app, argc, argv);
  options.path = options.protocol == "anthropic" ? "/v1/messages" : "/v1/chat/completions";
  if (!read_url(url, options)) {
    std::fprintf(stderr, "--url needs http://HOST:PORT\n");
    return 2;
  }
  if (stream) options.stream_percent = 100;

  install_signals();
  raise_fd_limit();
  const Results results = run(options);
  const std::string text =
      options.output == "json" ? as_json(options, results) + "\n" : as_table(options, results);
  std::fputs(text.c_str(), stdout);
  return 0;
}
