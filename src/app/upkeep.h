// What every process that has the parts does with them, whether it serves or only runs jobs:
// starting, the work of every second, stopping.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include "app/runtime_parts.h"

namespace maester::app {

// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread, for wait_for_end(); ignores SIGPIPE.
// REQUIRES: the only thread of the process.
sigset_t take_signals();

// All but the server and the job workers, which are started after them and stopped before them.
void start_parts(Parts& parts);
// False when the journal could not be closed in good order.
bool stop_parts(Parts& parts);

// Until a signal asks to end, or `done` says so; it is asked once a second. Meanwhile SIGHUP reads
// the configuration again, expired reservations are charged, and the like.
void wait_for_end(Parts& parts, const sigset_t& signals, const std::function<bool()>& done);

// While this lives, a further signal to end ends the process at once, as kill -9 would: what was
// running is settled by the next start.
class SecondSignal {
 public:
  SecondSignal(Parts& parts, const sigset_t& signals);
  ~SecondSignal();

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace maester::app
