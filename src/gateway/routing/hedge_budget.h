// When a second call may be made because the first is slow, and how often (RULES.md §8): after a
// fixed time or after the time within which 95 % of first bytes came, for at most so many percent
// of requests. Thread-safe, lock-free.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace maester::gateway {

class HedgeBudget {
 public:
  // A request that could be hedged.
  void earn(int percent);
  // Pays for one hedge. Nothing is there at the beginning, and at most ten are saved up: hedges
  // never exceed the percentage of the requests so far.
  bool spend();

 private:
  static constexpr std::int64_t kCost = 100, kMost = 10 * kCost;
  std::atomic<std::int64_t> credit_{0};
};

// A moving 95th percentile: up by 19 parts on a sample above it, down by one on a sample below, so
// that it rests where one in twenty is above. (Ma, Muthukrishnan and Sandler, "Frugal streaming for
// estimating quantiles", 2013.)
class SlowestOfTwenty {
 public:
  void observe(nanoseconds sample);
  // Nullopt before so many samples.
  std::optional<nanoseconds> value() const;
  static constexpr std::uint64_t kEnough = 50;

 private:
  std::atomic<std::uint64_t> word_{0};  // samples (saturating, 8 bits), microseconds (56)
};

}  // namespace maester::gateway
