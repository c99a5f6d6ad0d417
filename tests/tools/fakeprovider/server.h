// The fake provider's loop: one thread, one epoll, one listener of the shared port.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/net.h"
#include "fakeprovider/calls.h"
#include "fakeprovider/fixtures.h"
#include "fakeprovider/spec.h"

namespace maester::rig {

// How often each model name was asked for (`times`). Thread-safe.
class HitCounts {
 public:
  std::uint64_t next(const std::string& model) {
    const std::lock_guard lock(mutex_);
    return ++counts_[model];
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    counts_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

// What all threads share; outlives them.
struct Shared {
  Calls& calls;
  Script& script;
  const Fixtures& fixtures;
  std::string fixture;  // served to every request, "" = none
  std::uint64_t seed = 1;
  std::atomic<std::uint64_t> requests{0};  // counts for the seeded choices
  HitCounts hits{};
};

// Serves until stop_requested(). Calls that are still running then are journalled as `open`.
void serve(Fd listener, Shared& shared);

}  // namespace maester::rig
