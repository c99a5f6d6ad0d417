// Versions of a prompt compared on live traffic: what each answered, with 95 % intervals, and how
// it differs from the first. Pure.
//
// Shares: Wilson's interval, differences Newcombe's. Means: Student's, differences Welch's.
// Quantiles of latency: by order statistics; their difference by MOVER, which puts the two
// intervals together (G. Y. Zou, A. Donner, Statistics in Medicine 27 (2008) 1693-1702). Everyone
// is taken as a sample of its own: requests of one user are not independent, so few very busy users
// make intervals too narrow.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meter/label_answers.h"
#include "stats/interval.h"

namespace maester::api {

struct Measure {
  std::int64_t count = 0;  // of what it is over; 0 = `value` means nothing
  double value = 0;
  stats::Interval interval;
};
struct Difference {  // this version - the first
  double value = 0;
  stats::Interval interval;
  std::optional<double> p_value;  // two-sided; none for quantiles
};

// One figure of one version. `difference` is absent for the first and where one side has nothing.
struct Compared {
  Measure measure;
  std::optional<Difference> difference;
};

struct VersionResults {
  std::string version;
  std::int64_t requests = 0, cached = 0;
  Compared errors;    // share of the requests that were not kept answers
  Compared passed;    // share of the answers that were checked
  Compared score;     // mean reliability score of these
  Compared positive;  // share of yes (or 0.5 at least) of the feedback that is yes, no or a number
  Compared feedback;  // mean of it, yes as 1
  Compared cost;      // mean, USD, of what was not kept and has a price
  Compared p50, p95;  // latency in ms of what was answered and not kept
};

// In the order of `first`, then as they come. `first` may name versions that answered nothing.
std::vector<VersionResults> compare_live(const meter::LabelAnswers& answers,
                                         const std::vector<std::string>& first);

}  // namespace maester::api
