// The command line (CONTRACT.md §1). Everything it touches is handed in, so that tests run it in
// process.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/client.h"
#include "app/serve.h"
#include "app/worker.h"

namespace maester::app {

struct CliEnvironment {
  std::ostream& out;
  std::ostream& err;
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<Result<std::unique_ptr<Api>>(const std::string& url, const std::string& key)>
      connect;
  // What `mcp` reads; null: it is not offered.
  std::istream* in = nullptr;
  // Whether a person reads `err`: long work draws its progress there.
  bool terminal = false;
  // Runs the server; null: `serve` is not offered.
  std::function<int(gateway::Config config, const ServeOptions& options)> serve;
  // Runs jobs without a server; null: `worker` is not offered.
  std::function<int(gateway::Config config, const WorkerOptions& options)> work{};
};

// Exit status: 0 done, 1 failed, 2 wrong usage. Results go to `out`, everything else to `err`.
int run_cli(int argc, const char* const* argv, const CliEnvironment& environment);

}  // namespace maester::app
