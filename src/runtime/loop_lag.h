// How late a core's loop is: the wait of whatever becomes ready now, until the loop turns to it.
// A timer that should fire every 50 ms measures by how much it did not.
#pragma once

#include <atomic>

#include "runtime/core.h"

namespace maester::runtime {

class LoopLag final : private Timer {
 public:
  // REQUIRES: the core does not run yet. Must be destroyed when it does not run any more.
  explicit LoopLag(Core& core);

  // The least since the last look: what even the luckiest had to wait (as CoDel has it, a burst is
  // no overload). With a loop that stands still, how long it has. From one thread.
  nanoseconds take_least();

 private:
  void on_timer() override;
  void rearm();

  static constexpr milliseconds kEvery{50};
  static constexpr milliseconds kTick{5};  // a timer's own lateness
  Core& core_;
  std::atomic<std::int64_t> due_;
  std::atomic<std::int64_t> least_;
};

}  // namespace maester::runtime
