#include "loadgen/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

namespace maester::rig {

// Values below 2^7 have a bucket each; above, each power of two is cut into 2^7 buckets.
std::size_t Histogram::index_of(std::uint64_t value) {
  if (value < (1u << kSubBits)) return static_cast<std::size_t>(value);
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - kSubBits;
  const auto sub = static_cast<std::size_t>(value >> shift) - (1u << kSubBits);
  return (static_cast<std::size_t>(shift + 1) << kSubBits) + sub;
}

std::uint64_t Histogram::upper_end(std::size_t index) {
  if (index < (1u << kSubBits)) return index;
  const std::size_t shift = (index >> kSubBits) - 1;
  const std::uint64_t sub = (index & ((1u << kSubBits) - 1)) + (1u << kSubBits);
  return ((sub + 1) << shift) - 1;
}

void Histogram::add(std::uint64_t nanoseconds) {
  ++buckets_[index_of(nanoseconds)];
  ++count_;
  sum_ += nanoseconds;
  max_ = std::max(max_, nanoseconds);
}

std::uint64_t Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(upper_end(i), max_);
  }
  return max_;
}

std::string Histogram::json() const {
  const auto us = [](double ns) { return ns / 1000; };
  const auto at = [&](double percent) { return us(static_cast<double>(percentile(percent))); };
  char text[256];
  std::snprintf(text, sizeof text,
                "{\"count\":%llu,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%."
                "1f,\"max\":%.1f}",
                static_cast<unsigned long long>(count_), us(mean()), at(50), at(90), at(99),
                at(99.9), us(static_cast<double>(max_)));
  return text;
}

}  // namespace maester::rig
