#include "stats/power.h"

#include <algorithm>
#include <cmath>

#include "stats/distribution.h"

namespace maester::stats {
namespace {

struct Quantiles {
  double alpha, beta;
};
Quantiles quantiles(const PowerOptions& options) {
  return {normal_quantile(0.5 + options.confidence / 2), normal_quantile(options.power)};
}

std::optional<std::int64_t> whole(double cases, const PowerOptions& options) {
  const double wanted = std::ceil(cases * std::max(1.0, options.design_effect) - 1e-9);
  if (!(wanted <= 1e12)) return std::nullopt;
  return std::max<std::int64_t>(2, static_cast<std::int64_t>(wanted));
}

}  // namespace

std::optional<std::int64_t> cases_for_mean(double deviation, double effect,
                                           const PowerOptions& options) {
  const Quantiles z = quantiles(options);
  const double ratio = (z.alpha + z.beta) * deviation / effect;
  return whole(ratio * ratio + z.alpha * z.alpha / 2, options);
}

std::optional<std::int64_t> cases_for_paired_share(double discordance, double effect,
                                                   const PowerOptions& options) {
  const Quantiles z = quantiles(options);
  const double differ = std::clamp(discordance, effect, 1.0);
  const double root =
      z.alpha * std::sqrt(differ) + z.beta * std::sqrt(std::max(0.0, differ - effect * effect));
  return whole(root * root / (effect * effect), options);
}

std::optional<std::int64_t> cases_for_share(double share, double effect,
                                            const PowerOptions& options) {
  const Quantiles z = quantiles(options);
  const double second = share + effect;
  const double mean = (share + second) / 2;
  const double root = z.alpha * std::sqrt(2 * mean * (1 - mean)) +
                      z.beta * std::sqrt(share * (1 - share) + second * (1 - second));
  return whole(root * root / (effect * effect), options);
}

double detectable_effect(double standard_error, const PowerOptions& options) {
  const Quantiles z = quantiles(options);
  return (z.alpha + z.beta) * standard_error;
}

}  // namespace maester::stats
