// How many repeats an upstream may be sent (RULES.md §8): each first attempt earns a tenth of one,
// each repeat costs one, what was earned is forgotten after 10 s, and one a second is always there.
// So repeats in 10 s never exceed a tenth of the first attempts of those 10 s, and ten.
//
// The idea is Finagle's RetryBudget (a leaky token bucket with a minimum per second).
// Thread-safe, lock-free.
#pragma once

#include "gateway/routing/sliding_window.h"

namespace maester::gateway {

class RetryBudget {
 public:
  // A first attempt at this upstream. `percent` is what it earns, in hundredths of a repeat.
  void earn(MonoTime now, int percent);
  // Pays for a repeat; false when there is nothing to pay with. `percent` 0 = no repeats at all.
  bool spend(MonoTime now, int percent);

  static constexpr std::uint64_t kFloorPerWindow = 10;  // one a second

 private:
  static constexpr std::size_t kSlices = 10;
  static constexpr std::chrono::seconds kSlice{1};
  // One slice more than are counted as earnings: repeats are looked at over 10 to 11 s, earnings
  // over 9 to 10 s, so the bound holds for every window of 10 s.
  SlidingWindow<kSlices + 1> window_;
};

}  // namespace maester::gateway
