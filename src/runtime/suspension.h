// The one way to park a coroutine on its core: until signal(), its deadline or its stop, whichever
// comes first.
//
//   Suspension pause(core, wait);
//   waiters.push_back(&pause);            // whoever ends the wait calls pause.signal()
//   const Wake wake = co_await pause;
//
// Lives in the frame of the coroutine that awaits it, once; destroying that frame while it waits is
// fine. The coroutine goes on from the core's loop, not inside signal(). No memory is allocated.
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>

#include "runtime/core.h"

namespace maester::runtime {

enum class Wake : std::uint8_t { pending, signalled, deadline, stopped };

class Suspension final : private Timer, private ReadyNode {
 public:
  Suspension(Core& core, Wait wait) : core_(core), wait_(wait) {}
  ~Suspension() override = default;

  // Ends the wait; later ends are ignored. Before the co_await it makes the wait end at once.
  void signal() { finish(Wake::signalled); }

  bool await_ready() const noexcept { return wake_ != Wake::pending; }
  void await_suspend(std::coroutine_handle<> self);
  Wake await_resume() noexcept {
    stop_.reset();
    return wake_;
  }

 private:
  void on_timer() override { finish(Wake::deadline); }
  void finish(Wake wake);

  Core& core_;
  Wait wait_;
  Wake wake_ = Wake::pending;
  std::optional<StopCallback> stop_;
};

// deadline_exceeded or cancelled with their fixed sentences; `what` is the param. Fine when
// signalled.
Status wake_status(Wake wake, const char* what = "");

}  // namespace maester::runtime
