// An interval estimate, and what a test says.
#pragma once

#include <limits>

namespace maester::stats {

struct Interval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  // Nothing is known: from minus to plus infinity (JSON writes both as null).
  static constexpr Interval unknown() { return {}; }
  constexpr bool known() const {
    return low > -std::numeric_limits<double>::infinity() &&
           high < std::numeric_limits<double>::infinity();
  }
  constexpr bool contains(double value) const { return low <= value && value <= high; }
  constexpr bool operator==(const Interval&) const = default;
};

inline constexpr double kConfidence = 0.95;  // what everything takes when it is not told

}  // namespace maester::stats
