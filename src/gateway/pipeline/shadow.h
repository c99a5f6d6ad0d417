// Shadow traffic (docs/adr/0070): the request of a route once more, to a model that is on trial,
// after the client has the whole answer. A shadow is a request of its own: an intent, a settlement,
// a receipt that names the original, charged to the same tenant's budgets. Nobody waits for it and
// nobody is told of it: it is tried once, takes no room and no rate of its caller, and is left out
// when too many run, the server is pressed or is about to end.
//
// A request that Maester makes itself (a replay, a shadow) has no shadow.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "runtime/core.h"
#include "runtime/stop.h"

namespace maester::gateway {

struct Call;

// Why a shadow that was due was not made.
enum class ShadowDrop : std::uint8_t {
  busy,         // as many run as may
  not_allowed,  // the caller's key may not use the model
  overloaded,   // the server has better things to do
  stopping,     // the server is about to end
};
inline constexpr std::array kShadowDrops{ShadowDrop::busy, ShadowDrop::not_allowed,
                                         ShadowDrop::overloaded, ShadowDrop::stopping};
std::string_view to_string(ShadowDrop why);

// Owns the shadows that run, by core. The cores must outlive it.
class ShadowCalls {
 public:
  explicit ShadowCalls(runtime::CorePool& cores);

  // One shadow's place among those that may run at once; free again when it dies.
  class Place {
   public:
    explicit Place(std::atomic<int>& running) : running_(&running) {}
    Place(Place&& other) noexcept : running_(std::exchange(other.running_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (running_ != nullptr) running_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::atomic<int>* running_;
  };
  // Thread-safe. `busy` or `stopping` when there is none.
  std::expected<Place, ShadowDrop> enter(int at_most);

  // REQUIRES (both): on a core's thread, and a Place is held there.
  void spawn(runtime::Task<void> task);  // runs up to its first wait
  runtime::StopToken stopping();         // stops when end() has no more patience

  // No more are begun. Thread-safe.
  void close() { closed_.store(true); }
  // close(), and waits until none runs; those that still run at the deadline are stopped, which
  // charges them as interrupted. Blocking. REQUIRES: not on a core's thread; the cores run.
  void end(Deadline patience);

 private:
  struct PerCore {
    explicit PerCore(runtime::Core& core) : group(core) {}
    runtime::StopSource stop;
    runtime::TaskGroup group;
  };
  static runtime::Task<void> finish(PerCore& mine, Deadline patience);
  std::vector<std::unique_ptr<PerCore>> cores_;
  std::atomic<int> running_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace maester::gateway
