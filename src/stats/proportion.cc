#include "stats/proportion.h"

#include <algorithm>
#include <cmath>

#include "stats/distribution.h"

namespace maester::stats {
namespace {

double share(std::int64_t successes, std::int64_t of) {
  return of == 0 ? 0 : static_cast<double>(successes) / static_cast<double>(of);
}

// How far a share's interval reaches below and above it.
struct Reach {
  double share, below, above;
};
Reach reach(std::int64_t successes, std::int64_t of, double confidence) {
  const Interval w = wilson(static_cast<double>(successes), static_cast<double>(of), confidence);
  const double p = share(successes, of);
  return {p, p - w.low, w.high - p};
}

// Newcombe's square-and-add of second - first, whose estimates correlate by phi.
Interval square_and_add(const Reach& first, const Reach& second, double phi) {
  const auto side = [phi](double a, double b) {
    return std::sqrt(std::max(0.0, a * a - 2 * phi * a * b + b * b));
  };
  const double difference = second.share - first.share;
  return {std::max(-1.0, difference - side(second.below, first.above)),
          std::min(1.0, difference + side(second.above, first.below))};
}

// The correlation of the two verdicts, with method 10's correction of a positive one.
double phi(const PairedCounts& n) {
  const double a = static_cast<double>(n.both), b = static_cast<double>(n.first_only);
  const double c = static_cast<double>(n.second_only), d = static_cast<double>(n.neither);
  const double margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins == 0) return 0;
  double determinant = a * d - b * c;
  if (determinant > 0) determinant = std::max(0.0, determinant - (a + b + c + d) / 2);
  return determinant / std::sqrt(margins);
}

}  // namespace

Interval wilson(double successes, double of, double confidence) {
  if (!(of > 0)) return {0, 1};
  const double z = normal_quantile(0.5 + confidence / 2);
  const double p = successes / of;
  const double z2 = z * z;
  const double middle = (successes + z2 / 2) / (of + z2);
  const double half = z / (of + z2) * std::sqrt(of * p * (1 - p) + z2 / 4);
  return {successes <= 0 ? 0 : std::max(0.0, middle - half),
          successes >= of ? 1 : std::min(1.0, middle + half)};
}

TwoProportions compare_proportions(std::int64_t first_successes, std::int64_t first_of,
                                   std::int64_t second_successes, std::int64_t second_of,
                                   double confidence) {
  TwoProportions out;
  if (first_of == 0 || second_of == 0) {
    out.interval = {-1, 1};
    return out;
  }
  const Reach first = reach(first_successes, first_of, confidence);
  const Reach second = reach(second_successes, second_of, confidence);
  out.difference = second.share - first.share;
  out.interval = square_and_add(first, second, 0);
  const double pooled = share(first_successes + second_successes, first_of + second_of);
  const double variance = pooled * (1 - pooled) *
                          (1 / static_cast<double>(first_of) + 1 / static_cast<double>(second_of));
  if (variance > 0) {
    out.z = out.difference / std::sqrt(variance);
    out.p_value = 2 * normal_cdf(-std::abs(out.z));
  }
  return out;
}

Interval newcombe_paired(const PairedCounts& counts, double confidence) {
  const std::int64_t pairs = counts.pairs();
  if (pairs == 0) return {-1, 1};
  return square_and_add(reach(counts.both + counts.first_only, pairs, confidence),
                        reach(counts.both + counts.second_only, pairs, confidence), phi(counts));
}

}  // namespace maester::stats
