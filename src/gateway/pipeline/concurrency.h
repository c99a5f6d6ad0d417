// How many requests run at once, per key, of batch and in all. A slot is released when its last
// holder dies, whatever the reason. When there is no room in all, a request can wait a moment for
// it, in its tenant's line (fair_queue.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/pipeline/fair_queue.h"
#include "gateway/pipeline/overload.h"
#include "runtime/core.h"

namespace maester::gateway {

class ConcurrencyLimiter;

struct ConcurrencySlot {
  ConcurrencySlot(ConcurrencyLimiter& owner, std::string key_id, Priority of)
      : limiter(owner), key(std::move(key_id)), priority(of) {}
  ~ConcurrencySlot();
  ConcurrencySlot(const ConcurrencySlot&) = delete;
  ConcurrencyLimiter& limiter;
  std::string key;
  Priority priority;
};

class ConcurrencyLimiter {
 public:
  struct Room {
    int per_key = 0;       // 0 = no limit per key
    int total = 0;         // of both priorities
    int batch = 0;         // of batch among them
    nanoseconds queue{0};  // the longest wait for it; 0 = none
  };
  struct Ask {
    std::string_view key_id, tenant;
    Priority priority = Priority::interactive;
  };
  using Slot = std::shared_ptr<ConcurrencySlot>;

  // Thread-safe, at once. Code::concurrency_limited; overloaded when the server as a whole is full,
  // or others wait whose turn comes first.
  Result<Slot> acquire(const Ask& ask, const Room& room);

  // After acquire() said `overloaded`: the same, but waits for room, in turn. At most twice as many
  // wait as may run. `gone` ends the wait with Code::cancelled. Suspends. REQUIRES: on a core.
  runtime::Task<Result<Slot>> wait(Ask ask, Room room, runtime::StopToken gone);

  struct Running {
    int total = 0, batch = 0;
    std::size_t waiting = 0;
  };
  Running running() const;

  // About every 250 ms. What interactive requests needed at once lately, running and waiting, is
  // kept from batch, however much `Room::batch` would allow; the memory of it fades within seconds.
  void look();

 private:
  friend struct ConcurrencySlot;
  struct Waiter;
  bool has_room(Priority priority, const Room& room) const;
  Status count(std::string_view key_id, int per_key);
  void uncount(std::string_view key_id);
  void take(Priority priority);
  void note_need();
  void release(const ConcurrencySlot& slot);
  void give_room();
  Result<std::shared_ptr<Waiter>> join(const Ask& ask, const Room& room, nanoseconds& patience);
  bool leave(Waiter& waiter);

  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> running_;  // those that wait are counted, too
  Running sum_;
  Room room_;  // of who asked last
  FairQueue queue_;
  int need_ = 0, newest_need_ = 0;  // of interactive requests: faded, and since the last look
};

}  // namespace maester::gateway
