#include "stats/mcnemar.h"

#include <algorithm>

#include "stats/distribution.h"

namespace maester::stats {

McNemar mcnemar(std::int64_t first_only, std::int64_t second_only) {
  const std::int64_t n = first_only + second_only;
  if (n == 0) return {};
  const std::int64_t fewer = std::min(first_only, second_only);
  const double twice = 2 * binomial_cdf(fewer, n, 0.5);
  return {std::min(1.0, twice), std::clamp(twice - binomial_pmf(fewer, n, 0.5), 0.0, 1.0)};
}

}  // namespace maester::stats
