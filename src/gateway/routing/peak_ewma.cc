#include "gateway/routing/peak_ewma.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace maester::gateway {
namespace {

std::uint32_t ms_of(MonoTime t) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count());
}

double us_in(std::uint64_t word) {
  return static_cast<double>(word >> 32);
}

// The share of the old mean that is left after the time since its stamp.
double left_of(std::uint64_t word, MonoTime now, double decay_seconds) {
  const std::uint32_t age = ms_of(now) - static_cast<std::uint32_t>(word);  // modulo 2^32
  // A stamp of another core may be a little ahead of this one's `now`.
  if (age > std::numeric_limits<std::uint32_t>::max() / 2) return 1;
  return std::exp(-static_cast<double>(age) / (decay_seconds * 1000));
}

}  // namespace

void PeakEwma::observe(MonoTime now, nanoseconds first_byte) {
  const double sample = std::clamp(std::chrono::duration<double, std::micro>(first_byte).count(),
                                   1.0, 4'000'000'000.0);
  std::uint64_t seen = word_.load(std::memory_order_relaxed), wanted;
  do {
    const double old = us_in(seen), left = seen == 0 ? 0 : left_of(seen, now, kDecaySeconds);
    const double mean = sample >= old ? sample : old * left + sample * (1 - left);
    wanted = static_cast<std::uint64_t>(mean) << 32 | ms_of(now);
  } while (!word_.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
}

nanoseconds PeakEwma::mean(MonoTime now) const {
  const std::uint64_t word = word_.load(std::memory_order_relaxed);
  if (word == 0) return nanoseconds{0};
  return nanoseconds{static_cast<std::int64_t>(us_in(word) * left_of(word, now, kDecaySeconds)) *
                     1000};
}

double PeakEwma::load(MonoTime now) const {
  const double us = std::chrono::duration<double, std::micro>(mean(now)).count();
  return (us + 1) * (under_way() + 1);
}

}  // namespace maester::gateway
