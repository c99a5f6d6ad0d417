// How many of a run's cases are asked at once, and whether another may be paid for. Pure; used
// under its owner's lock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/money.h"

namespace maester::evals {

// Additive increase, multiplicative decrease: a refusal for being too fast (429, 503) lowers the
// bound by 0.7 and lets nothing begin for as long as the refusal says, or twice as long as the last
// time; a bound's worth of answers raises it by one.
class Pace {
 public:
  explicit Pace(std::int64_t most) : most_(static_cast<double>(most)), bound_(most_) {}

  bool may_begin(std::int64_t running, MonoTime now) const {
    return now >= not_before_ && running < static_cast<std::int64_t>(bound_);
  }
  void answered() {
    bound_ = std::min(most_, bound_ + 1 / bound_);
    wait_ = kFirstWait;
  }
  void refused(std::optional<milliseconds> retry_after, MonoTime now) {
    // Those that were under way together are one refusal.
    if (now >= not_before_) {
      bound_ = std::max(1.0, bound_ * 0.7);
      wait_ = std::min<nanoseconds>(wait_ * 2, kLongestWait);
    }
    not_before_ = std::max(
        not_before_, now + retry_after.value_or(std::chrono::duration_cast<milliseconds>(wait_)));
  }
  double bound() const { return bound_; }

 private:
  static constexpr nanoseconds kFirstWait = milliseconds(125);
  static constexpr nanoseconds kLongestWait = std::chrono::seconds(30);
  double most_, bound_;
  MonoTime not_before_{};
  nanoseconds wait_ = kFirstWait;
};

// A ceiling that is checked before each case by what the dearest case so far has cost, for it and
// for those under way. Until a cost is known, one case is asked at a time.
class CostGate {
 public:
  CostGate(std::optional<FemtoUsd> ceiling, FemtoUsd spent) : ceiling_(ceiling), spent_(spent) {}

  bool may_begin(std::int64_t running) const {
    if (!ceiling_) return true;
    if (spent_ >= *ceiling_) return false;
    if (!known_) return running == 0;
    return spent_ + dearest_ * (running + 1) <= *ceiling_;
  }
  void paid(FemtoUsd cost) {
    spent_ += cost;
    dearest_ = std::max(dearest_, cost);
    known_ = true;
  }
  FemtoUsd spent() const { return spent_; }

 private:
  std::optional<FemtoUsd> ceiling_;
  FemtoUsd spent_, dearest_;
  bool known_ = false;
};

}  // namespace maester::evals
