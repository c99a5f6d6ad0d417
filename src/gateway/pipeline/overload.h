// What the process still takes when it has too much to do (RULES.md §9): more lag of its own loops
// means fewer requests at once, batch before interactive; more memory means none of batch, then
// none at all. Health and management stay: they do not pass here.
//
// One thread updates, every core reads (relaxed atomics).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace maester::gateway {

enum class Priority : std::uint8_t { interactive, batch };

struct Load {
  std::int64_t rss = 0, memory_limit = 0;  // bytes; limit 0 = none
  nanoseconds lag{};  // of the worst loop: the least that anyone waited since the last update
  int running = 0, running_batch = 0;
};

enum class MemoryLevel : std::uint8_t {
  calm,
  caches_shrink,  // 80 %
  no_batch,       // 90 %
  no_requests,    // 95 %
};

class OverloadControl {
 public:
  static constexpr int kUnlimited = 1'000'000;

  // About every 250 ms.
  void update(const Load& load);

  MemoryLevel memory() const { return memory_.load(std::memory_order_relaxed); }
  // Requests at once, of all and of batch; 0 = none. Bounds beside the configured ones.
  int total_limit() const;
  int batch_limit() const;
  bool pressed() const { return total_limit() < kUnlimited || batch_limit() < kUnlimited; }

 private:
  void press(const Load& load);
  void relax(const Load& load);
  std::atomic<MemoryLevel> memory_{MemoryLevel::calm};
  std::atomic<int> total_{kUnlimited}, batch_{kUnlimited};
  int late_ = 0;  // updates in a row
};

}  // namespace maester::gateway
