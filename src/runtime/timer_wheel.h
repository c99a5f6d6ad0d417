// A hashed timer wheel (Varghese and Lauck, 1987, scheme 6): 4,096 slots of 5 ms, intrusive lists,
// O(1) arm and disarm. A timer more than a turn (20 s) ahead stays in its slot until its turn
// comes. Belongs to one core.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "runtime/core.h"

namespace maester::runtime {

class TimerWheel {
 public:
  static constexpr nanoseconds kTick = milliseconds{5};

  explicit TimerWheel(MonoTime now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;

  void add(Timer& timer, MonoTime when);
  void remove(Timer& timer);
  // Fires what is due, in order of ticks. A timer may arm, disarm or destroy any timer when it
  // fires.
  void advance(MonoTime now);
  // When advance() is worth calling next; nullopt = no timer is armed.
  std::optional<MonoTime> next();
  std::size_t size() const { return count_; }

 private:
  static constexpr std::int64_t kSlots = 4096;
  static std::size_t slot_of(std::int64_t tick) { return static_cast<std::size_t>(tick % kSlots); }
  void fire(TimerLink& slot, std::int64_t until);

  MonoTime origin_;
  std::int64_t now_ = 0;  // ticks since the origin that have been served
  std::size_t count_ = 0;
  std::array<TimerLink, kSlots> slots_;
  std::array<std::uint64_t, kSlots / 64> used_{};  // a clear bit = an empty slot; cleared lazily
};

}  // namespace maester::runtime
