// Quantiles of what was measured, such as the p95 of latencies.
//
// Sources: R. J. Hyndman, Y. Fan, American Statistician 50 (1996) 361-365, type 7 (NumPy's and R's
// default); the interval by order statistics, W. J. Conover, "Practical Nonparametric Statistics"
// (1999) 3.2: no assumption on the distribution. Pure, thread-safe.
#pragma once

#include <span>

#include "stats/interval.h"

namespace maester::stats {

// Between the two nearest values, linearly. 0 without values. REQUIRES: sorted, 0 <= p <= 1
double quantile(std::span<const double> sorted, double p);

// Ends are values that were seen; an end that would lie beyond them is infinite (a p95 has no upper
// end at 95 % below 72 values). REQUIRES: sorted, 0 < p < 1
Interval quantile_interval(std::span<const double> sorted, double p,
                           double confidence = kConfidence);

}  // namespace maester::stats
