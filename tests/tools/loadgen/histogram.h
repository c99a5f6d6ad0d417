// Counts of durations in buckets whose width is at most 1/128 of their value, as HdrHistogram does
// it: any percentile is right to less than 1 %, the maximum exactly.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace maester::rig {

class Histogram {
 public:
  void add(std::uint64_t nanoseconds);
  std::uint64_t count() const { return count_; }
  // The value that a share of `percent` does not exceed, in nanoseconds; 0 when empty.
  std::uint64_t percentile(double percent) const;
  std::uint64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  // {"count":..,"mean":..,"p50":..,"p90":..,"p99":..,"p999":..,"max":..} in microseconds.
  std::string json() const;

 private:
  static constexpr int kSubBits = 7;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) << kSubBits;
  static std::size_t index_of(std::uint64_t value);
  static std::uint64_t upper_end(std::size_t index);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0;
};

}  // namespace maester::rig
