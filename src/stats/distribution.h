// The distributions that intervals and tests are made of.
//
// Pure, thread-safe, no allocation. Relative error under 1e-11, and under 1e-9 beyond 10^5
// degrees of freedom (distribution_test.cc holds figures of SciPy). Sources: the incomplete
// beta function as the continued fraction of NIST DLMF 8.17.22 (evaluated by Lentz's method);
// Student's and the binomial tails as incomplete beta functions, DLMF 8.17.5 and 7.18; quantiles by
// safeguarded Newton steps on the tail.
#pragma once

#include <cstdint>

namespace maester::stats {

double normal_cdf(double z);
// REQUIRES: 0 < p < 1
double normal_quantile(double p);

// P(T > t) for t >= 0. REQUIRES: df > 0
double student_tail(double t, double df);
// REQUIRES: 0 < p < 1, df > 0
double student_quantile(double p, double df);
// P(|T| > |t|).
double student_two_sided(double t, double df);

// X ~ binomial(n, p). REQUIRES: n >= 0, 0 <= p <= 1
double binomial_pmf(std::int64_t k, std::int64_t n, double p);
double binomial_cdf(std::int64_t k, std::int64_t n, double p);  // P(X <= k)

// I_x(a, b), the regularised incomplete beta function. REQUIRES: a, b > 0, x in [0, 1], y = 1 - x
// (given apart, since it is known exactly where x is near 1).
double incomplete_beta(double a, double b, double x, double y);

}  // namespace maester::stats
