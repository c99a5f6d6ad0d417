// Bootstrap intervals: the spread of a statistic over resamples of what was measured, for
// statistics whose distribution nobody knows. Clusters are drawn whole.
//
// Sources: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 13
// (percentile) and 14 (BCa: bias-corrected and accelerated, the acceleration by the jackknife); A.
// C. Davison, D. V. Hinkley (1997) 3.8 for whole clusters. The seed decides every draw: the same
// input gives the same interval on every machine. Pure, thread-safe, O(resamples x units) time,
// O(resamples + units) memory.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "stats/interval.h"

namespace maester::stats {

enum class BootstrapMethod : std::uint8_t { percentile, bca };

struct BootstrapOptions {
  std::uint64_t seed = 1;
  std::int64_t resamples = 2000;  // at least 100 are drawn
  double confidence = kConfidence;
  BootstrapMethod method = BootstrapMethod::bca;
};

// Of the mean of `values` (a paired comparison: of the differences). `cluster` as in
// estimate_mean(). unknown() below two clusters.
Interval bootstrap_mean(std::span<const double> values, std::span<const std::uint32_t> cluster = {},
                        const BootstrapOptions& options = {});

// Of any statistic of `units` things, which is told which of them were drawn (indices, with
// repeats). It is called once for each resample and, for BCa, once for each unit left out.
// unknown() below two units.
using Statistic = std::function<double(std::span<const std::uint32_t> drawn)>;
Interval bootstrap(std::size_t units, const Statistic& statistic,
                   const BootstrapOptions& options = {});

}  // namespace maester::stats
