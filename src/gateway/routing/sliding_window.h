// Two counters over the newest N time slices, shared by all cores without a lock. A slice is one
// 64-bit word (its number, and both counts), so an add is one compare-and-swap and a reader sees
// each slice whole.
//
// Thread-safe. Counts are exact while a slice holds less than 2^22 and 2^22; beyond that they
// saturate.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace maester::gateway {

template <std::size_t N>
class SlidingWindow {
 public:
  struct Counts {
    std::uint64_t first = 0, second = 0;
  };

  // `slice` is the length of one slice; it may change between calls, which blurs the window once.
  void add(MonoTime now, nanoseconds slice, std::uint32_t first, std::uint32_t second) {
    const std::uint64_t number = number_of(now, slice);
    std::atomic<std::uint64_t>& word = slices_[number % N];
    std::uint64_t seen = word.load(std::memory_order_relaxed), wanted;
    do {
      const bool current = number_in(seen) == (number & kNumberMask);
      wanted = pack(number, (current ? first_in(seen) : 0) + first,
                    (current ? second_in(seen) : 0) + second);
    } while (!word.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
  }

  // Takes back what add() gave to `second` in the slice of `now`; at least 0 stays.
  void take_second(MonoTime now, nanoseconds slice, std::uint32_t second) {
    const std::uint64_t number = number_of(now, slice);
    std::atomic<std::uint64_t>& word = slices_[number % N];
    std::uint64_t seen = word.load(std::memory_order_relaxed), wanted;
    do {
      if (number_in(seen) != (number & kNumberMask)) return;
      const std::uint64_t left = second_in(seen) > second ? second_in(seen) - second : 0;
      wanted = pack(number, first_in(seen), left);
    } while (!word.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
  }

  // Sums of the newest slices, the running one included: so many for the first counter, so many for
  // the second. REQUIRES: at most N.
  Counts sum(MonoTime now, nanoseconds slice, std::size_t of_first, std::size_t of_second) const {
    const std::uint64_t number = number_of(now, slice);
    Counts out;
    for (const std::atomic<std::uint64_t>& word : slices_) {
      const std::uint64_t seen = word.load(std::memory_order_relaxed);
      if (seen == 0) continue;
      const std::uint64_t age = (number - number_in(seen)) & kNumberMask;
      if (age < of_first) out.first += first_in(seen);
      if (age < of_second) out.second += second_in(seen);
    }
    return out;
  }

  void clear() {
    for (std::atomic<std::uint64_t>& word : slices_) word.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t kCountBits = 22, kCountMask = (1u << kCountBits) - 1;
  static constexpr std::uint64_t kNumberMask = (1u << (64 - 2 * kCountBits)) - 1;

  static std::uint64_t number_of(MonoTime now, nanoseconds slice) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / slice) + 1;  // 0 = never used
  }
  static std::uint64_t number_in(std::uint64_t word) { return word >> (2 * kCountBits); }
  static std::uint64_t first_in(std::uint64_t word) { return (word >> kCountBits) & kCountMask; }
  static std::uint64_t second_in(std::uint64_t word) { return word & kCountMask; }
  static std::uint64_t pack(std::uint64_t number, std::uint64_t first, std::uint64_t second) {
    const auto capped = [](std::uint64_t n) { return n < kCountMask ? n : kCountMask; };
    return (number & kNumberMask) << (2 * kCountBits) | capped(first) << kCountBits |
           capped(second);
  }

  std::array<std::atomic<std::uint64_t>, N> slices_{};
};

}  // namespace maester::gateway
