#include "gateway/routing/hedge_budget.h"

#include <algorithm>

namespace maester::gateway {
namespace {

constexpr std::uint64_t kMostSamples = 255, kMostUs = 3'600'000'000;

std::uint64_t moved(std::uint64_t estimate, std::uint64_t sample) {
  const std::uint64_t step = estimate / 100 + 1;
  if (sample > estimate) return std::min(sample, estimate + 19 * step);
  return std::max(sample, estimate - std::min(step, estimate));
}

}  // namespace

void HedgeBudget::earn(int percent) {
  std::int64_t seen = credit_.load(std::memory_order_relaxed);
  while (!credit_.compare_exchange_weak(seen, std::min(seen + percent, kMost),
                                        std::memory_order_relaxed)) {
  }
}

bool HedgeBudget::spend() {
  std::int64_t seen = credit_.load(std::memory_order_relaxed);
  while (seen >= kCost) {
    if (credit_.compare_exchange_weak(seen, seen - kCost, std::memory_order_relaxed)) return true;
  }
  return false;
}

void SlowestOfTwenty::observe(nanoseconds sample) {
  const auto us = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::max<std::int64_t>(sample.count(), 0)) / 1000, 1, kMostUs);
  std::uint64_t seen = word_.load(std::memory_order_relaxed), wanted;
  do {
    const std::uint64_t samples = seen >> 56, estimate = seen & ((std::uint64_t{1} << 56) - 1);
    wanted = std::min(samples + 1, kMostSamples) << 56 | (samples == 0 ? us : moved(estimate, us));
  } while (!word_.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
}

std::optional<nanoseconds> SlowestOfTwenty::value() const {
  const std::uint64_t seen = word_.load(std::memory_order_relaxed);
  if (seen >> 56 < kEnough) return std::nullopt;
  return std::chrono::microseconds{seen & ((std::uint64_t{1} << 56) - 1)};
}

}  // namespace maester::gateway
