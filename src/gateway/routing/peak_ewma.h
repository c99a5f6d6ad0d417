// How slow an upstream answers: an exponentially weighted mean of the time to the first byte that
// jumps up with a slow sample and sinks with time (10 s), so that an upstream that got slow is left
// at once and tried again a little later. With the calls that are under way it is the load that
// "power of two choices" compares.
//
// After Finagle's PeakEwma; Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing",
// 2001. Thread-safe, lock-free: mean and stamp are one word.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace maester::gateway {

class PeakEwma {
 public:
  void observe(MonoTime now, nanoseconds first_byte);
  // The mean as of now, sunk for the time without samples.
  nanoseconds mean(MonoTime now) const;

  void begin() { under_way_.fetch_add(1, std::memory_order_relaxed); }
  void end() { under_way_.fetch_sub(1, std::memory_order_relaxed); }
  int under_way() const { return under_way_.load(std::memory_order_relaxed); }

  // What choices compare, in microseconds; an upstream that was never seen has the load of its
  // calls under way alone.
  double load(MonoTime now) const;

 private:
  static constexpr double kDecaySeconds = 10;
  std::atomic<std::uint64_t> word_{0};  // mean in us (32 bits), stamp in ms (32 bits)
  std::atomic<int> under_way_{0};
};

}  // namespace maester::gateway
