// How many cases it takes to see a difference, and how small a difference these cases can show.
//
// Two-sided tests. Sources: for paired means the normal formula with W. C. Guenther's correction
// (American Statistician 35 (1981) 243-244: z^2 / 2 more cases, for Student's distribution); for
// paired verdicts R. J. Connor, Biometrics 43 (1987) 207-211; for two independent shares J. L.
// Fleiss (1981) without continuity correction. `design_effect` is of clustered cases
// (MeanEstimate::design_effect); below 1 it counts as 1. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "stats/interval.h"

namespace maester::stats {

struct PowerOptions {
  double confidence = kConfidence;
  double power = 0.8;  // the chance to show a difference of that size
  double design_effect = 1;
};

// `deviation` is of the pairs' differences, `effect` the least difference of means that matters.
// Nullopt when more than 10^12 would be needed. REQUIRES: effect > 0
std::optional<std::int64_t> cases_for_mean(double deviation, double effect,
                                           const PowerOptions& options = {});

// `discordance` is the share of cases whose verdicts differ, `effect` the least difference of pass
// rates. A discordance below the effect cannot be and counts as the effect. REQUIRES: 0 < effect <=
// 1
std::optional<std::int64_t> cases_for_paired_share(double discordance, double effect,
                                                   const PowerOptions& options = {});

// Of each of two independent groups, from `share` to `share + effect`.
// REQUIRES: both sums within [0, 1], effect != 0
std::optional<std::int64_t> cases_for_share(double share, double effect,
                                            const PowerOptions& options = {});

// The least difference that a comparison with this standard error shows with that power.
double detectable_effect(double standard_error, const PowerOptions& options = {});

}  // namespace maester::stats
