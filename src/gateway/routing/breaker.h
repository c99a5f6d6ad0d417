// The circuit breaker of one lane (provider, model, credential): RULES.md §8.
//
//   closed ──failures──▶ open ──its time is over──▶ half-open: 1 probe, then 5 ──all well──▶ closed
//                         ▲───────────────── a probe fails ─────────┘
//
// It opens on so many consecutive failures, or when a share of the calls of the newest window
// failed. The n-th opening in a row lasts n times as long, up to a cap, +- 20 %. What a call did is
// told with the ticket that admitted it, so that a straggler of an earlier phase changes nothing.
//
// Thread-safe, lock-free: the state is one word, and a closed breaker costs a load to ask and one
// compare-and-swap to tell. Time and chance come from the caller.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "gateway/routing/sliding_window.h"

namespace maester::gateway {

struct BreakerRules {
  bool enabled = true;
  int consecutive_failures = 5;
  int failure_percent = 20;  // of `minimum_calls` or more within `window`
  int minimum_calls = 20;
  milliseconds window{30'000};
  milliseconds open{30'000};
  milliseconds max_open{30'000};
  bool operator==(const BreakerRules&) const = default;
};

class Breaker {
 public:
  // What admit() gives and the end of the call brings back.
  struct Ticket {
    bool admitted = false;
    bool probe = false;
    std::uint8_t opening = 0;  // which opening the probe belongs to
  };
  enum class Phase : std::uint8_t { closed, open, half_open };

  // May a call go out now? Takes a probe when it is one.
  Ticket admit(MonoTime now, const BreakerRules& rules);
  // What admit() would say, without taking anything.
  bool admits(MonoTime now, const BreakerRules& rules) const;
  // When it may be asked again, 0 when it is not open.
  nanoseconds wait(MonoTime now) const;
  Phase phase() const;

  void succeeded(Ticket ticket, MonoTime now, const BreakerRules& rules);
  // `chance` is any 16 bits, for the jitter. True when this failure opened it.
  bool failed(Ticket ticket, MonoTime now, const BreakerRules& rules, std::uint16_t chance);
  // The call ended without a judgement on the provider: a probe is given back.
  void abandoned(Ticket ticket);

  static constexpr int kFirstProbes = 1, kFurtherProbes = 5;

 private:
  static constexpr std::size_t kSlices = 6;
  bool tripped(MonoTime now, const BreakerRules& rules) const;
  void close_if_proven(std::uint64_t seen, Ticket ticket);

  std::atomic<std::uint64_t> state_{0};
  std::atomic<std::uint32_t> consecutive_{0};
  SlidingWindow<kSlices> window_;  // calls, failures
};

}  // namespace maester::gateway
