#include "jobs/rules.h"

#include <algorithm>

#include "jobs/workers.h"

namespace maester::jobs {
namespace {

// 90 % to 110 % of it.
nanoseconds jittered(nanoseconds delay, Random& random) {
  const std::int64_t thousandths = 900 + static_cast<std::int64_t>(random.below(201));
  return nanoseconds{delay.count() / 1000 * thousandths};
}

}  // namespace

bool is_permanent(Code code) {
  switch (code) {
    case Code::invalid_request:
    case Code::unprocessable:
    case Code::missing_variable:
    case Code::too_large:
    case Code::not_found:
    case Code::model_not_found:
    case Code::forbidden:
    case Code::unauthenticated:
    case Code::conflict:
    case Code::gate_refused:
      return true;
    default:
      return false;
  }
}

Remedy remedy(Code code) {
  if (code == Code::budget_exceeded) return Remedy::wait;
  return is_permanent(code) ? Remedy::none : Remedy::retry;
}

nanoseconds retry_delay(std::int64_t attempts, Random& random) {
  const std::int64_t n = std::clamp<std::int64_t>(attempts, 1, kMaxAttempts);
  const std::chrono::seconds delay{n * n * n * n};
  return jittered(std::min<nanoseconds>(delay, kLongestDelay), random);
}

nanoseconds budget_delay(Random& random) {
  return jittered(kBudgetDelay, random);
}

}  // namespace maester::jobs
