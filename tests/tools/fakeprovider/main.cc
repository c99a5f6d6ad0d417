#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "fakeprovider/server.h"

namespace {

using namespace maester::rig;

constexpr const char* kAbout =
    "A provider of language models that does what its tests need: speaks OpenAI's and Anthropic's "
    "protocols,\n"
    "fast and right by default, wrong in a chosen way when the model name says so.\n"
    "Prints {\"port\": N, \"pid\": N} once it serves.\n"
    "  POST /v1/chat/completions  POST /v1/messages  POST /v1/embeddings  GET /v1/models\n"
    "  GET /__stats  POST /__reset  POST /__script\n"
    "Model names, parts parted by ';': fault:NAME fault:NNN[:retry-after=S] latency:MS "
    "latency:MIN-MAX echo tools\n"
    "tools-parallel reasoning json fenced-json images text:BYTES "
    "stream:chunks=N:interval_ms=M:pad=B:first_ms=F percent:P "
    "chaos:SEED[:percent=P]\n"
    "fault:NNN:say=WORDS; whom a fault hits: times:N (the first N of that name) only:XXXX "
    "(credentials\n"
    "that end so) prefill (an assistant speaks last). hang-mid:N and rst-mid:N after N events.\n"
    "fixture:ID;cut=N. A token is four bytes of text, rounded up.\nFaults:\n";

std::string about() {
  std::string out = kAbout;
  for (const FaultName& fault : fault_names()) {
    out += "  " + std::string(fault.name) + std::string(24 - fault.name.size(), ' ');
    out += std::string(fault.meaning) + "\n";
  }
  return out;
}

std::string default_fixtures() {
  const char* shared = std::getenv("MAESTER_SHARED");
  return shared == nullptr ? "../shared/fixtures/wire" : std::string(shared) + "/fixtures/wire";
}

}  // namespace

int main(int argc, char** argv) {
  Address address{"127.0.0.1", 0};
  unsigned threads = 1;
  std::string journal, script_file, fixture, fixtures = default_fixtures();
  bool sync = false, list_faults = false;
  std::uint64_t seed = 1;

  CLI::App app(about(), "fakeprovider");
  app.add_option("--host", address.host, "numeric address to listen on");
  app.add_option("--port", address.port, "0 = any free one");
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--journal", journal, "file that gets one JSON line for each call");
  app.add_flag("--fsync", sync, "sync the journal before an answer's next event");
  app.add_option("--script", script_file, "JSON: {default, models, phases}");
  app.add_option("--fixture", fixture, "id or path of a recorded exchange to answer with, always");
  app.add_option("--fixtures", fixtures, "directory of recorded exchanges")->capture_default_str();
  app.add_option("--seed", seed, "of latency and `percent`");
  app.add_flag("--list-faults", list_faults, "print the faults' names and exit");
  CLI11_PARSE(app, argc, argv);
  if (list_faults) {
    for (const FaultName& fault : fault_names()) std::puts(std::string(fault.name).c_str());
    return 0;
  }

  install_signals();
  raise_fd_limit();
  Calls calls(journal, sync);
  Script script;
  if (!script_file.empty()) {
    std::ifstream file(script_file);
    std::stringstream text;
    text << file.rdbuf();
    std::string error;
    if (!file || !script.load(text.str(), error)) {
      std::fprintf(stderr, "%s: %s\n", script_file.c_str(), error.c_str());
      return 1;
    }
  }
  const Fixtures recorded(fixtures);
  Shared shared{
      .calls = calls, .script = script, .fixtures = recorded, .fixture = fixture, .seed = seed};
  std::vector<std::thread> others;
  std::vector<Fd> listeners;
  for (unsigned i = 0; i < threads; ++i) listeners.push_back(listen_on(address));
  std::printf("{\"port\": %u, \"pid\": %d}\n", address.port, getpid());
  std::fflush(stdout);
  for (unsigned i = 1; i < threads; ++i) {
    others.emplace_back([&, i] { serve(std::move(listeners[i]), shared); });
  }
  serve(std::move(listeners[0]), shared);
  for (std::thread& thread : others) thread.join();
  return 0;
}
