#include "meter/gcra.h"

#include <algorithm>
#include <limits>

#include "base/money.h"

namespace maester::meter {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

std::int64_t at(MonoTime now) {
  return now.time_since_epoch().count();
}

// The time that `count` take at the rate. Rounded down: the sum of a burst's parts must fit into
// the whole; an hour at 600 a minute is short by less than 0.04 ms.
std::int64_t span(const Rate& rate, std::int64_t count) {
  constexpr int128 kMost = std::numeric_limits<std::int64_t>::max() / 8;
  const int128 exact = int128{count} * kMinute / rate.per_minute;
  return static_cast<std::int64_t>(std::clamp(exact, -kMost, kMost));
}

}  // namespace

nanoseconds gcra_wait(const Rate& rate, ArrivalTime tat, MonoTime now, std::int64_t count) {
  const std::int64_t behind = std::max<std::int64_t>(tat - at(now), 0);
  const std::int64_t room = std::max<std::int64_t>(span(rate, rate.burst) - span(rate, count), 0);
  return nanoseconds{std::max<std::int64_t>(behind - room, 0)};
}

ArrivalTime gcra_take(const Rate& rate, ArrivalTime tat, MonoTime now, std::int64_t count) {
  return std::max(tat, at(now)) + span(rate, count);
}

std::int64_t gcra_remaining(const Rate& rate, ArrivalTime tat, MonoTime now) {
  const std::int64_t behind = std::max<std::int64_t>(tat - at(now), 0);
  const std::int64_t room = std::max<std::int64_t>(span(rate, rate.burst) - behind, 0);
  return static_cast<std::int64_t>(int128{room} * rate.per_minute / kMinute);
}

nanoseconds gcra_reset(ArrivalTime tat, MonoTime now) {
  return nanoseconds{std::max<std::int64_t>(tat - at(now), 0)};
}

}  // namespace maester::meter
