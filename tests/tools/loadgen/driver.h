// Sends the requests and measures. Closed loop: every connection asks again as soon as it is
// answered. Open loop: requests are due at fixed times whatever the server does, wait for a
// connection if they must, and count from when they were due.
#pragma once

#include "loadgen/options.h"
#include "loadgen/results.h"

namespace maester::rig {

// Runs to its end or until stop_requested(); one thread.
Results run(const Options& options);

}  // namespace maester::rig
