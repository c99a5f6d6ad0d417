// Shares: pass rates, error rates, and the difference of two.
//
// Sources: E. B. Wilson 1927 (score interval, without continuity correction); R. G. Newcombe,
// Statistics in Medicine 17 (1998): 857-872 for one share, 873-890 method 10 for two independent
// ones, 2635-2650 method 10 for pairs. They stay inside of [-1, 1] and keep a width where the
// textbook (Wald) interval shrinks to a point: at 0 and at 1, where evaluations live.
// Pure, thread-safe.
#pragma once

#include <cstdint>

#include "stats/interval.h"

namespace maester::stats {

// `of` may be an effective size below the number of cases, where cases are clustered.
// Interval::unknown() narrowed to [0, 1] when of is 0. REQUIRES: 0 <= successes <= of
Interval wilson(double successes, double of, double confidence = kConfidence);

struct TwoProportions {
  double difference = 0;  // second - first
  Interval interval;      // Newcombe's, of the difference
  double z = 0;           // pooled score test of equality
  double p_value = 1;     // two-sided; 1 when both are all or none
};
// Two independent samples, for instance the versions of a live A/B comparison.
TwoProportions compare_proportions(std::int64_t first_successes, std::int64_t first_of,
                                   std::int64_t second_successes, std::int64_t second_of,
                                   double confidence = kConfidence);

// The same cases judged twice: how many passed both times, only first, only second, neither.
struct PairedCounts {
  std::int64_t both = 0, first_only = 0, second_only = 0, neither = 0;
  std::int64_t pairs() const { return both + first_only + second_only + neither; }
  std::int64_t discordant() const { return first_only + second_only; }
};
// Of second - first. Interval [-1, 1] when there are no pairs.
Interval newcombe_paired(const PairedCounts& counts, double confidence = kConfidence);

}  // namespace maester::stats
