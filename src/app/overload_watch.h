// Looks four times a second at what the process uses, and tells the overload control.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/pipeline/concurrency.h"
#include "gateway/pipeline/overload.h"
#include "obs/log.h"
#include "runtime/core.h"
#include "runtime/loop_lag.h"

namespace maester::app {

// What the process may use: `configured_mb`, or with 0 what its control group or the machine has.
// 0 = nothing is known.
std::int64_t memory_limit(std::int64_t configured_mb);
// What it uses: its resident pages, in bytes.
std::int64_t resident_bytes();

class OverloadWatch {
 public:
  // `scarce` is called on this watch's thread when memory becomes scarce (from 80 % of the limit
  // on: what is kept for speed is to be let go of, what can wait is to wait) and when that is over.
  // REQUIRES: the cores do not run yet, and none runs
  // any more when this is destroyed.
  OverloadWatch(runtime::CorePool& cores, gateway::OverloadControl& control,
                gateway::ConcurrencyLimiter& concurrency, obs::Log& log, std::int64_t memory_limit,
                std::function<void(bool)> scarce);
  ~OverloadWatch();
  void start();
  void stop();  // idempotent

 private:
  void loop();
  void look();
  gateway::OverloadControl& control_;
  gateway::ConcurrencyLimiter& concurrency_;
  obs::Log& log_;
  const std::int64_t memory_limit_;
  const std::function<void(bool)> scarce_;
  bool was_scarce_ = false;
  std::vector<std::unique_ptr<runtime::LoopLag>> lags_;
  bool told_ = false;
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace maester::app
