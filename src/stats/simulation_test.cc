// What the intervals and tests do over many simulated comparisons: how often a 95 % interval holds
// the truth, how often a test at 5 % rejects what is equal. `./dev statistics` runs 10,000 of each
// (docs/benchmarks/statistics.md); without MAESTER_SIMULATIONS it is 2,000, whose own error is
// twice as large (the bounds are wider by that). Everything is seeded.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "stats/bootstrap.h"
#include "stats/distribution.h"
#include "stats/mcnemar.h"
#include "stats/mean.h"
#include "stats/proportion.h"
#include "stats/quantile.h"

namespace maester::stats {
namespace {

int runs() {
  const char* text = std::getenv("MAESTER_SIMULATIONS");
  int out = 2'000;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), out);
  return out;
}

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}
  double uniform() { return (static_cast<double>(random_.next_u64() >> 11) + 0.5) * 0x1p-53; }
  double normal() { return normal_quantile(uniform()); }
  bool chance(double p) { return uniform() < p; }
  std::size_t below(std::size_t bound) { return random_.below(bound); }

 private:
  SeededRandom random_;
};

// The share of `runs()` simulations where `holds(draws)` does, in percent; tells a row of the
// table.
template <class F>
double share(const char* what, std::uint64_t seed, F holds) {
  Draws draws(seed);
  int count = 0;
  for (int i = 0; i < runs(); ++i) count += holds(draws) ? 1 : 0;
  const double percent = 100.0 * count / runs();
  std::printf("| %s | %.2f %% |\n", what, percent);
  return percent;
}

// The bounds for 10,000 simulations, wider where there are fewer.
void expect_within(double percent, double low, double high) {
  const double slack = runs() >= 10'000 ? 0 : 1.0;
  EXPECT_GE(percent, low - slack);
  EXPECT_LE(percent, high + slack);
}

// Two graders' scores of one case in steps of a quarter, as rubrics give them: a case's difficulty
// moves both, `better` lifts the second's chance of each step.
struct Scores {
  double first, second;
};
Scores scored_case(Draws& draws, double difficulty, double better) {
  Scores out{0, 0};
  const double ease = std::clamp(0.7 + 0.25 * difficulty, 0.0, 1.0 - better);
  for (int step = 0; step < 4; ++step) {
    out.first += draws.chance(ease) ? 0.25 : 0;
    out.second += draws.chance(ease + better) ? 0.25 : 0;
  }
  return out;
}

std::vector<double> differences(Draws& draws, int cases, double better) {
  std::vector<double> out;
  for (int i = 0; i < cases; ++i) {
    const Scores one = scored_case(draws, draws.normal(), better);
    out.push_back(one.second - one.first);
  }
  return out;
}

// 60 sources of 1 to 10 cases each; a source shifts all its cases' differences.
struct Clustered {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
};
Clustered clustered(Draws& draws) {
  Clustered out;
  for (std::uint32_t source = 0; source < 60; ++source) {
    const double shift = 0.2 * draws.normal();
    const std::size_t cases = 1 + draws.below(10);
    for (std::size_t i = 0; i < cases; ++i) {
      out.values.push_back(shift + 0.2 * draws.normal());
      out.cluster.push_back(source);
    }
  }
  return out;
}

TEST(Simulation, StudentIntervalOfPairedScores) {
  expect_within(share("mean difference of paired scores, n = 200: Student interval covers", 1,
                      [](Draws& draws) {
                        return estimate_mean(differences(draws, 200, 0.05)).interval.contains(0.05);
                      }),
                94, 96);
}

TEST(Simulation, MeanDifferenceTestOfEqualCandidates) {
  expect_within(
      share("mean difference of equal candidates, n = 200: test at 5 % rejects", 2,
            [](Draws& draws) { return estimate_mean(differences(draws, 200, 0)).p_value < 0.05; }),
      4, 6);
}

TEST(Simulation, BootstrapIntervalsOfPairedScores) {
  for (const auto method : {BootstrapMethod::bca, BootstrapMethod::percentile}) {
    const bool bca = method == BootstrapMethod::bca;
    std::uint64_t seed = 0;
    expect_within(share(bca ? "the same, BCa bootstrap (1,000 resamples) covers"
                            : "the same, percentile bootstrap (1,000 resamples) covers",
                        3,
                        [&](Draws& draws) {
                          return bootstrap_mean(
                                     differences(draws, 200, 0.05), {},
                                     {.seed = ++seed, .resamples = 1000, .method = method})
                              .contains(0.05);
                        }),
                  94, 96);
  }
}

TEST(Simulation, ClusterRobustInterval) {
  const auto robust = [](Draws& draws) {
    const Clustered one = clustered(draws);
    return estimate_mean(one.values, one.cluster).interval.contains(0);
  };
  const auto blind = [](Draws& draws) {
    return estimate_mean(clustered(draws).values).interval.contains(0);
  };
  expect_within(share("60 sources of 1 to 10 cases: cluster-robust interval covers", 4, robust), 94,
                96);
  EXPECT_LT(share("the same, clusters ignored (what not to do) covers", 4, blind), 85);
}

TEST(Simulation, ClusterBootstrap) {
  std::uint64_t seed = 0;
  expect_within(share("the same, BCa bootstrap of whole sources covers", 5,
                      [&](Draws& draws) {
                        const Clustered one = clustered(draws);
                        return bootstrap_mean(one.values, one.cluster,
                                              {.seed = ++seed, .resamples = 1000})
                            .contains(0);
                      }),
                93, 96);
}

// Verdicts of one case by two candidates that correlate, as both find the hard cases hard.
PairedCounts paired_verdicts(Draws& draws, int cases, double first, double second) {
  PairedCounts out;
  for (int i = 0; i < cases; ++i) {
    const double shared = draws.uniform();
    const bool a = (draws.chance(0.7) ? shared : draws.uniform()) < first;
    const bool b = (draws.chance(0.7) ? shared : draws.uniform()) < second;
    (a ? b ? out.both : out.first_only : b ? out.second_only : out.neither) += 1;
  }
  return out;
}

std::int64_t passes(Draws& draws, int of, double rate) {
  std::int64_t out = 0;
  for (int i = 0; i < of; ++i) out += draws.chance(rate) ? 1 : 0;
  return out;
}

TEST(Simulation, IntervalsOfPassRates) {
  expect_within(
      share("pass rate 0.9, n = 200: Wilson interval covers", 6,
            [](Draws& draws) {
              return wilson(static_cast<double>(passes(draws, 200, 0.9)), 200).contains(0.9);
            }),
      94, 96.5);
  expect_within(share("pass rates 0.85 and 0.9, n = 300 each: Newcombe's interval covers", 7,
                      [](Draws& draws) {
                        return compare_proportions(passes(draws, 300, 0.85), 300,
                                                   passes(draws, 300, 0.9), 300)
                            .interval.contains(0.05);
                      }),
                94, 96);
  expect_within(
      share("paired pass rates 0.85 and 0.9, n = 200: Newcombe's paired interval covers", 8,
            [](Draws& draws) {
              return newcombe_paired(paired_verdicts(draws, 200, 0.85, 0.9)).contains(0.05);
            }),
      94, 97);
}

TEST(Simulation, SizesOfTheOtherTests) {
  const auto equal = [](Draws& draws) {
    const PairedCounts one = paired_verdicts(draws, 200, 0.85, 0.85);
    return mcnemar(one.first_only, one.second_only);
  };
  EXPECT_LT(share("paired verdicts of equal candidates, n = 200: McNemar exact at 5 % rejects", 9,
                  [&](Draws& draws) { return equal(draws).exact_p < 0.05; }),
            5);
  expect_within(share("the same, McNemar mid-p rejects", 9,
                      [&](Draws& draws) { return equal(draws).mid_p < 0.05; }),
                3, 6);
  expect_within(share("equal pass rates 0.85, n = 300 each: two-proportion z rejects", 10,
                      [](Draws& draws) {
                        return compare_proportions(passes(draws, 300, 0.85), 300,
                                                   passes(draws, 300, 0.85), 300)
                                   .p_value < 0.05;
                      }),
                4, 6);
  expect_within(share("equal means, deviations 1 and 3, n = 100 and 300: Welch rejects", 11,
                      [](Draws& draws) {
                        Moments first, second;
                        for (int i = 0; i < 100; ++i) first.add(draws.normal());
                        for (int i = 0; i < 300; ++i) second.add(3 * draws.normal());
                        return compare_means(first, second).p_value < 0.05;
                      }),
                4, 6);
}

TEST(Simulation, IntervalOfAQuantile) {
  const double truth = std::exp(normal_quantile(0.95));
  expect_within(share("p95 of lognormal latencies, n = 500: order-statistic interval covers", 12,
                      [&](Draws& draws) {
                        std::vector<double> values;
                        for (int i = 0; i < 500; ++i) values.push_back(std::exp(draws.normal()));
                        std::ranges::sort(values);
                        return quantile_interval(values, 0.95).contains(truth);
                      }),
                94.5, 97.5);
}

}  // namespace
}  // namespace maester::stats
