#include "runtime/loop_lag.h"

#include <algorithm>
#include <limits>

namespace maester::runtime {

namespace {
constexpr std::int64_t kNothingYet = std::numeric_limits<std::int64_t>::max();
}  // namespace

LoopLag::LoopLag(Core& core) : core_(core), due_(0), least_(kNothingYet) {
  rearm();
}

void LoopLag::rearm() {
  const MonoTime due = core_.now() + kEvery;
  due_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
  core_.arm(*this, Deadline::at(due));
}

void LoopLag::on_timer() {
  const std::int64_t late =
      core_.now().time_since_epoch().count() - due_.load(std::memory_order_relaxed);
  // A look in between takes the older ones with it; one that is lost to it is no harm.
  least_.store(std::min(least_.load(std::memory_order_relaxed), late), std::memory_order_relaxed);
  rearm();
}

nanoseconds LoopLag::take_least() {
  std::int64_t late = least_.exchange(kNothingYet, std::memory_order_relaxed);
  if (late == kNothingYet) {
    late = core_.now().time_since_epoch().count() - due_.load(std::memory_order_relaxed);
  }
  return nanoseconds{std::max<std::int64_t>(late - nanoseconds(kTick).count(), 0)};
}

}  // namespace maester::runtime
