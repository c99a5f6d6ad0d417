// The guard as owners ask it whose moves run on other threads than control.db's: decision and move
// run there while the owner waits (docs/adr/0171).
#pragma once

#include "access/release_guard.h"
#include "runtime/worker_pool.h"

namespace maester::app {

// Thread-safe; blocking. REQUIRES: never called on the control thread.
class ControlGuard final : public access::ReleaseGuard {
 public:
  ControlGuard(access::ReleaseGuard& gates, runtime::WorkerPool& control)
      : gates_(gates), control_(control) {}
  Status may_release(const access::Release& release) override;
  // Code::overloaded when its turn does not come within ten seconds; then nothing moved.
  Status release(std::span<const access::Release> releases,
                 const std::function<Status()>& move) override;
  std::string holding(std::string_view tenant, std::string_view kind, std::string_view object,
                      std::string_view slot) const override {
    return gates_.holding(tenant, kind, object, slot);
  }

 private:
  access::ReleaseGuard& gates_;
  runtime::WorkerPool& control_;
};

}  // namespace maester::app
