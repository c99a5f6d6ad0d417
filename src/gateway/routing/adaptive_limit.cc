#include "gateway/routing/adaptive_limit.h"

#include <algorithm>

namespace maester::gateway {

AdaptiveLimit::Word AdaptiveLimit::unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word >> 40), static_cast<std::uint32_t>(word >> 20 & 0xFFFFF),
          static_cast<std::uint32_t>(word & 0xFFFFF)};
}

std::uint64_t AdaptiveLimit::pack(const Word& word) {
  return std::uint64_t{word.limit} << 40 | std::uint64_t{word.successes} << 20 | word.failures;
}

bool AdaptiveLimit::full(MonoTime now) const {
  const std::uint32_t most = limit();
  return most != 0 && running() >= most &&
         now.time_since_epoch().count() - cut_at_.load(std::memory_order_relaxed) <
             nanoseconds{kForgotten}.count();
}

bool AdaptiveLimit::enter(MonoTime now, bool bounded) {
  const std::uint32_t before = running_.fetch_add(1, std::memory_order_relaxed);
  const std::uint32_t most = limit();
  if (most == 0 || before < most || !bounded) return true;
  if (now.time_since_epoch().count() - cut_at_.load(std::memory_order_relaxed) >=
      nanoseconds{kForgotten}.count()) {
    word_.store(0, std::memory_order_relaxed);
    return true;
  }
  left();
  return false;
}

AdaptiveLimit::Word AdaptiveLimit::count(bool success) {
  std::uint64_t seen = word_.load(std::memory_order_relaxed);
  for (;;) {
    Word next = unpack(seen);
    ++(success ? next.successes : next.failures);
    if (next.limit != 0 && next.successes >= next.limit) {
      next = {std::min(next.limit + 1, kMostLimit), 0, 0};
    } else if (next.successes + next.failures >= kMostOutcomes) {
      next.successes /= 2;
      next.failures /= 2;
    }
    if (word_.compare_exchange_weak(seen, pack(next), std::memory_order_relaxed)) return next;
  }
}

void AdaptiveLimit::cut(MonoTime started, MonoTime now) {
  std::int64_t last = cut_at_.load(std::memory_order_relaxed);
  if (started.time_since_epoch().count() < last) return;
  // Of several that say so at once one cuts.
  if (!cut_at_.compare_exchange_strong(last, now.time_since_epoch().count(),
                                       std::memory_order_relaxed)) {
    return;
  }
  const std::uint32_t most = limit();
  const std::uint32_t used = most == 0 ? running() : std::min(most, running());
  word_.store(pack({std::clamp(used * 7 / 10, kFewest, kMostLimit), 0, 0}),
              std::memory_order_relaxed);
}

void AdaptiveLimit::succeeded() {
  count(true);
  left();
}

void AdaptiveLimit::refused(MonoTime started, MonoTime now) {
  cut(started, now);
  left();
}

void AdaptiveLimit::failed(MonoTime started, MonoTime now) {
  const Word newest = count(false);
  const std::uint32_t all = newest.successes + newest.failures;
  if (all >= kEnough && newest.failures * 10 > all) cut(started, now);
  left();
}

}  // namespace maester::gateway
