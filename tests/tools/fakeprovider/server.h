// The fake provider's loop: one thread, one epoll, one listener of the shared port.
#pragma once

#include <memory>

#include "common/net.h"
#include "fakeprovider/calls.h"
#include "fakeprovider/fixtures.h"
#include "fakeprovider/spec.h"

namespace maester::rig {

// What all threads share; outlives them.
struct Shared {
  Calls& calls;
  Script& script;
  const Fixtures& fixtures;
  std::string fixture;  // served to every request, "" = none
  std::uint64_t seed = 1;
  std::atomic<std::uint64_t> requests{0};  // counts for the seeded choices
};

// Serves until stop_requested(). Calls that are still running then are journalled as `open`.
void serve(Fd listener, Shared& shared);

}  // namespace maester::rig
