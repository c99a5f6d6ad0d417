// How many calls of one lane may be under way at once: additive increase, multiplicative decrease
// (RULES.md §9; Chiu and Jain, 1989). Without a bound until the provider shows that it has too
// much: then to seven tenths of what runs, and up by one for each limit-ful of successes. A bound
// that nothing confirmed for a minute is forgotten.
//
// A 429 shows it by itself. Failures and timeouts do when they are more than a tenth of the newest
// outcomes (docs/adr/0071). What was begun before the newest cut shows nothing new.
//
// Thread-safe, lock-free; approximate where threads meet.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace maester::gateway {

class AdaptiveLimit {
 public:
  static constexpr std::uint32_t kFewest = 4;
  static constexpr std::uint32_t kEnough = 20;  // outcomes before a share of them counts
  static constexpr std::chrono::seconds kForgotten{60};

  // True when enter() would refuse.
  bool full(MonoTime now) const;
  // Takes a place, if there is one; `bounded` false: in any case. Each is given back by one of:
  bool enter(MonoTime now, bool bounded);
  void succeeded();
  void refused(MonoTime started, MonoTime now);  // 429
  void failed(MonoTime started, MonoTime now);   // 5xx, timeout, reset
  void left() { running_.fetch_sub(1, std::memory_order_relaxed); }

  // 0 = no bound.
  std::uint32_t limit() const { return unpack(word_.load(std::memory_order_relaxed)).limit; }
  std::uint32_t running() const { return running_.load(std::memory_order_relaxed); }

 private:
  struct Word {
    std::uint32_t limit = 0;                    // 24 bits
    std::uint32_t successes = 0, failures = 0;  // of the newest outcomes, 20 bits each
  };
  static constexpr std::uint32_t kMostLimit = (1u << 24) - 1, kMostOutcomes = 1'024;
  static Word unpack(std::uint64_t word);
  static std::uint64_t pack(const Word& word);
  void cut(MonoTime started, MonoTime now);
  Word count(bool success);

  std::atomic<std::uint64_t> word_{0};
  std::atomic<std::int64_t> cut_at_{0};  // ns, monotonic
  std::atomic<std::uint32_t> running_{0};
};

}  // namespace maester::gateway
