// One figure of pairs of cases, estimated. For compare.cc and gates.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evals/compare/compare.h"

namespace maester::evals {

// The figure's values of the pairs, in one order. `cluster` is as long as they are.
struct Pairs {
  std::vector<double> first, second;
  std::vector<std::uint32_t> cluster;
  void add(double a, double b, std::uint32_t of) {
    first.push_back(a);
    second.push_back(b);
    cluster.push_back(of);
  }
};

enum class Better : std::uint8_t { more, less };
// `rate`: values are in [0, 1], so that pairs which never differ still leave room.
Difference difference_of(std::string_view metric, const Pairs& pairs, Better better, bool rate,
                         const CompareOptions& options);

// Numbers clusters by a case's source, or by the case itself.
class Clusters {
 public:
  std::uint32_t of(const ReducedCase& one);

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

}  // namespace maester::evals
