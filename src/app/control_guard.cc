#include "app/control_guard.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace maester::app {
namespace {

// The owner holds its own lock while it waits, and the erasure of a tenant waits for that lock on
// the control thread: a wait without an end could last.
constexpr std::chrono::seconds kPatience{10};

// One turn on the control thread. Shared, because who waits may be gone when the turn comes.
struct Turn {
  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false, given_up = false;
  std::optional<Status> done;
};

}  // namespace

Status ControlGuard::may_release(const access::Release& release) {
  return this->release(std::span(&release, 1), [] { return Status(); });
}

Status ControlGuard::release(std::span<const access::Release> releases,
                             const std::function<Status()>& move) {
  const auto turn = std::make_shared<Turn>();
  // `releases` and `move` live until this returns, which waits for a turn that has begun.
  const bool queued = control_.submit([this, turn, releases, &move] {
    {
      const std::lock_guard lock(turn->mutex);
      if (turn->given_up) return;
      turn->begun = true;
    }
    Status done = gates_.release(releases, move);
    const std::lock_guard lock(turn->mutex);
    turn->done = std::move(done);
    turn->changed.notify_all();
  });
  if (!queued) return fail(Code::overloaded, "The server's work queue is full; try again shortly.");
  std::unique_lock lock(turn->mutex);
  turn->changed.wait_for(lock, kPatience, [&] { return turn->done.has_value(); });
  if (!turn->begun) {
    turn->given_up = true;
    return fail(Code::overloaded, "The server is busy with other changes; try again shortly.");
  }
  turn->changed.wait(lock, [&] { return turn->done.has_value(); });
  return std::move(*turn->done);
}

}  // namespace maester::app
