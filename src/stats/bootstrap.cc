#include "stats/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "stats/distribution.h"
#include "stats/quantile.h"

namespace maester::stats {
namespace {

__extension__ using uint128 = unsigned __int128;

// Uniform in [0, bound) without a division; the bias is under bound / 2^64.
std::uint32_t draw(SeededRandom& random, std::size_t bound) {
  return static_cast<std::uint32_t>((uint128{random.next_u64()} * bound) >> 64);
}

// Where the interval's ends stand among the sorted replicates. Plain: at alpha / 2 from each end.
struct Ranks {
  double low, high;
};

Ranks bca_ranks(std::span<const double> sorted, double observed, std::span<const double> left_out,
                Ranks plain) {
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), observed);
  const double below = static_cast<double>(first - sorted.begin());
  const double equal = static_cast<double>(last - first);
  const double share = (below + equal / 2) / static_cast<double>(sorted.size());
  if (share <= 0 || share >= 1) return plain;
  const double bias = normal_quantile(share);
  const double mean =
      std::accumulate(left_out.begin(), left_out.end(), 0.0) / static_cast<double>(left_out.size());
  double squares = 0, cubes = 0;
  for (const double value : left_out) {
    const double d = mean - value;
    squares += d * d;
    cubes += d * d * d;
  }
  const double acceleration = squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
  const auto moved = [&](double p) {
    const double z = bias + normal_quantile(p);
    return normal_cdf(bias + z / (1 - acceleration * z));
  };
  return {moved(plain.low), moved(plain.high)};
}

Interval interval_of(std::vector<double>& replicates, double observed,
                     std::span<const double> left_out, const BootstrapOptions& options) {
  std::sort(replicates.begin(), replicates.end());
  Ranks ranks{0.5 - options.confidence / 2, 0.5 + options.confidence / 2};
  if (options.method == BootstrapMethod::bca) {
    ranks = bca_ranks(replicates, observed, left_out, ranks);
  }
  return {quantile(replicates, ranks.low), quantile(replicates, ranks.high)};
}

// What a mean needs of a cluster.
struct Sum {
  double sum = 0, count = 0;
  double mean() const { return count > 0 ? sum / count : 0; }
};

// In the order of each cluster's first value, so that the draws do not depend on a hash.
std::vector<Sum> sums_of(std::span<const double> values, std::span<const std::uint32_t> cluster) {
  std::vector<Sum> sums;
  std::unordered_map<std::uint32_t, std::size_t> place;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at =
        cluster.empty() ? sums.size() : place.try_emplace(cluster[i], sums.size()).first->second;
    if (at == sums.size()) sums.emplace_back();
    sums[at].sum += values[i];
    sums[at].count += 1;
  }
  return sums;
}

std::size_t resamples_of(const BootstrapOptions& options) {
  return static_cast<std::size_t>(std::max<std::int64_t>(options.resamples, 100));
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, std::span<const std::uint32_t> cluster,
                        const BootstrapOptions& options) {
  const std::vector<Sum> sums = sums_of(values, cluster);
  if (sums.size() < 2) return Interval::unknown();
  Sum all;
  for (const Sum& one : sums) {
    all.sum += one.sum;
    all.count += one.count;
  }
  SeededRandom random(options.seed);
  std::vector<double> replicates(resamples_of(options));
  for (double& replicate : replicates) {
    Sum drawn;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Sum& one = sums[draw(random, sums.size())];
      drawn.sum += one.sum;
      drawn.count += one.count;
    }
    replicate = drawn.mean();
  }
  std::vector<double> left_out;
  if (options.method == BootstrapMethod::bca) {
    for (const Sum& one : sums)
      left_out.push_back(Sum{all.sum - one.sum, all.count - one.count}.mean());
  }
  return interval_of(replicates, all.mean(), left_out, options);
}

Interval bootstrap(std::size_t units, const Statistic& statistic, const BootstrapOptions& options) {
  if (units < 2) return Interval::unknown();
  std::vector<std::uint32_t> drawn(units);
  std::iota(drawn.begin(), drawn.end(), 0U);
  const double observed = statistic(drawn);
  std::vector<double> left_out;
  if (options.method == BootstrapMethod::bca) {
    std::vector<std::uint32_t> others(drawn.begin() + 1, drawn.end());
    for (std::size_t i = 0; i < units; ++i) {
      left_out.push_back(statistic(others));
      if (i + 1 < units) others[i] = static_cast<std::uint32_t>(i);
    }
  }
  SeededRandom random(options.seed);
  std::vector<double> replicates(resamples_of(options));
  for (double& replicate : replicates) {
    for (std::uint32_t& one : drawn) one = draw(random, units);
    replicate = statistic(drawn);
  }
  return interval_of(replicates, observed, left_out, options);
}

}  // namespace maester::stats
