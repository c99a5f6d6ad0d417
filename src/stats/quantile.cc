#include "stats/quantile.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "stats/distribution.h"

namespace maester::stats {

double quantile(std::span<const double> sorted, double p) {
  if (sorted.empty()) return 0;
  const double at = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double part = at - static_cast<double>(below);
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

Interval quantile_interval(std::span<const double> sorted, double p, double confidence) {
  Interval out;
  const auto n = static_cast<std::int64_t>(sorted.size());
  if (n == 0) return out;
  const double alpha = (1 - confidence) / 2;
  // Of values below the quantile there are binomial(n, p) many. Low is the highest rank with at
  // most alpha of them below it, high the lowest with at most alpha at or above it.
  const auto first_rank = [&](double share) {  // the least k with P(X <= k) > share, or >= from 1/2
    std::int64_t low = -1, high = n;
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      const double below = binomial_cdf(middle, n, p);
      ((share < 0.5 ? below > share : below >= share) ? high : low) = middle;
    }
    return high;
  };
  const std::int64_t low = first_rank(alpha);  // rank counted from 1
  const std::int64_t high = first_rank(1 - alpha) + 1;
  if (low >= 1) out.low = sorted[static_cast<std::size_t>(low - 1)];
  if (high <= n) out.high = sorted[static_cast<std::size_t>(high - 1)];
  return out;
}

}  // namespace maester::stats
