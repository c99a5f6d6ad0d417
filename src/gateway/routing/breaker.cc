#include "gateway/routing/breaker.h"

#include <algorithm>

namespace maester::gateway {
namespace {

// The word: phase 2 bits, opening 6, second stage 1, probes to give 3, successes to see 4, until 48
// (milliseconds of the monotonic clock).
struct State {
  Breaker::Phase phase = Breaker::Phase::closed;
  std::uint8_t opening = 0;  // how many in a row; saturates
  bool second_stage = false;
  std::uint8_t to_give = 0;
  std::uint8_t to_see = 0;
  std::uint64_t until_ms = 0;
};

constexpr std::uint8_t kMaxOpening = 63;

std::uint64_t pack(const State& s) {
  return static_cast<std::uint64_t>(s.phase) | std::uint64_t{s.opening} << 2 |
         std::uint64_t{s.second_stage} << 8 | std::uint64_t{s.to_give} << 9 |
         std::uint64_t{s.to_see} << 12 | s.until_ms << 16;
}

State unpack(std::uint64_t word) {
  State s;
  s.phase = static_cast<Breaker::Phase>(word & 3);
  s.opening = static_cast<std::uint8_t>(word >> 2 & 63);
  s.second_stage = (word >> 8 & 1) != 0;
  s.to_give = static_cast<std::uint8_t>(word >> 9 & 7);
  s.to_see = static_cast<std::uint8_t>(word >> 12 & 15);
  s.until_ms = word >> 16;
  return s;
}

std::uint64_t ms_of(MonoTime t) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count());
}

State opened(std::uint8_t opening, MonoTime now, const BreakerRules& rules, std::uint16_t chance) {
  State s;
  s.phase = Breaker::Phase::open;
  s.opening = std::min(opening, kMaxOpening);
  const std::int64_t length = std::min(rules.open * s.opening, rules.max_open).count();
  // 80 % to 120 % of it.
  const std::int64_t jittered = length * 4 / 5 + length * 2 / 5 * chance / 65536;
  s.until_ms = ms_of(now) + static_cast<std::uint64_t>(std::max<std::int64_t>(jittered, 1));
  return s;
}

State probing(State s) {
  s.phase = Breaker::Phase::half_open;
  s.to_give = s.second_stage ? Breaker::kFurtherProbes : Breaker::kFirstProbes;
  s.to_see = s.to_give;
  return s;
}

}  // namespace

Breaker::Phase Breaker::phase() const {
  return unpack(state_.load(std::memory_order_relaxed)).phase;
}

nanoseconds Breaker::wait(MonoTime now) const {
  const State s = unpack(state_.load(std::memory_order_relaxed));
  if (s.phase != Phase::open || ms_of(now) >= s.until_ms) return nanoseconds{0};
  return milliseconds{s.until_ms - ms_of(now)};
}

bool Breaker::admits(MonoTime now, const BreakerRules& rules) const {
  const std::uint64_t word = state_.load(std::memory_order_relaxed);
  if (word == 0 || !rules.enabled) return true;
  const State s = unpack(word);
  if (s.phase == Phase::closed) return true;
  if (s.phase == Phase::open) return ms_of(now) >= s.until_ms;
  return s.to_give > 0;
}

Breaker::Ticket Breaker::admit(MonoTime now, const BreakerRules& rules) {
  std::uint64_t seen = state_.load(std::memory_order_relaxed);
  for (;;) {
    if (seen == 0 || !rules.enabled) return {.admitted = true};
    State s = unpack(seen);
    if (s.phase == Phase::closed) return {.admitted = true};
    if (s.phase == Phase::open) {
      if (ms_of(now) < s.until_ms) return {};
      s.second_stage = false;
      s = probing(s);
    }
    if (s.to_give == 0) return {};
    --s.to_give;
    if (state_.compare_exchange_weak(seen, pack(s), std::memory_order_acq_rel)) {
      return {.admitted = true, .probe = true, .opening = s.opening};
    }
  }
}

void Breaker::succeeded(Ticket ticket, MonoTime now, const BreakerRules& rules) {
  if (!ticket.admitted || !rules.enabled) return;
  std::uint64_t seen = state_.load(std::memory_order_relaxed);
  if (seen == 0) {
    if (consecutive_.load(std::memory_order_relaxed) != 0) {
      consecutive_.store(0, std::memory_order_relaxed);
    }
    window_.add(now, rules.window / static_cast<int>(kSlices), 1, 0);
    return;
  }
  close_if_proven(seen, ticket);
}

void Breaker::close_if_proven(std::uint64_t seen, Ticket ticket) {
  for (;;) {
    State s = unpack(seen);
    if (!ticket.probe || s.phase != Phase::half_open || s.opening != ticket.opening) return;
    if (s.to_see > 0) --s.to_see;
    const bool stage_done = s.to_see == 0;
    const bool closes = stage_done && s.second_stage;
    if (stage_done && !closes) {
      s.second_stage = true;
      s = probing(s);
    }
    if (closes) {
      // What failed before the opening is no reason to open again.
      window_.clear();
      consecutive_.store(0, std::memory_order_relaxed);
    }
    if (state_.compare_exchange_weak(seen, closes ? 0 : pack(s), std::memory_order_acq_rel)) return;
  }
}

bool Breaker::tripped(MonoTime now, const BreakerRules& rules) const {
  if (consecutive_.load(std::memory_order_relaxed) >=
      static_cast<std::uint32_t>(rules.consecutive_failures)) {
    return true;
  }
  const auto counts = window_.sum(now, rules.window / static_cast<int>(kSlices), kSlices, kSlices);
  return counts.first >= static_cast<std::uint64_t>(rules.minimum_calls) &&
         counts.second * 100 >= counts.first * static_cast<std::uint64_t>(rules.failure_percent);
}

bool Breaker::failed(Ticket ticket, MonoTime now, const BreakerRules& rules, std::uint16_t chance) {
  if (!ticket.admitted || !rules.enabled) return false;
  std::uint64_t seen = state_.load(std::memory_order_relaxed);
  if (seen == 0 && !ticket.probe) {
    consecutive_.fetch_add(1, std::memory_order_relaxed);
    window_.add(now, rules.window / static_cast<int>(kSlices), 1, 1);
    if (!tripped(now, rules)) return false;
    return state_.compare_exchange_strong(seen, pack(opened(1, now, rules, chance)),
                                          std::memory_order_acq_rel);
  }
  for (;;) {
    const State s = unpack(seen);
    if (!ticket.probe || s.phase != Phase::half_open || s.opening != ticket.opening) return false;
    const auto again = static_cast<std::uint8_t>(s.opening + 1);
    if (state_.compare_exchange_weak(seen, pack(opened(again, now, rules, chance)),
                                     std::memory_order_acq_rel)) {
      return true;
    }
  }
}

void Breaker::abandoned(Ticket ticket) {
  if (!ticket.probe) return;
  std::uint64_t seen = state_.load(std::memory_order_relaxed);
  for (;;) {
    State s = unpack(seen);
    if (s.phase != Phase::half_open || s.opening != ticket.opening || s.to_give >= s.to_see) return;
    ++s.to_give;
    if (state_.compare_exchange_weak(seen, pack(s), std::memory_order_acq_rel)) return;
  }
}

}  // namespace maester::gateway
