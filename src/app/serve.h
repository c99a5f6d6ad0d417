// `maester serve`: the composition root. Everything is made here, wired by hand, and unmade in the
// opposite order.
#pragma once

#include <string>

#include "app/config_source.h"
#include "gateway/config.h"

namespace maester::app {

struct ServeOptions {
  bool dev = false;  // loopback only, no key needed
  bool behind_proxy =
      false;                // may listen off loopback without TLS: something in front terminates it
  ConfigSource source;      // what SIGHUP reads again
  std::string config_text;  // what the configuration was read from
};

// Runs until SIGTERM or SIGINT (drains, then ends; a second one ends at once). Answers the
// process's exit status. Blocks SIGTERM, SIGINT and SIGHUP in the calling thread. REQUIRES: the
// only thread of the process.
int run_server(gateway::Config config, const ServeOptions& options);

}  // namespace maester::app
