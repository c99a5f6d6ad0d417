// The generic cell rate algorithm (ITU-T I.371, virtual scheduling): a rate with a burst, in
// integer nanoseconds, whose whole state is one 64-bit time - the theoretical arrival time, at
// which the bucket would be full again. Pure; no clock, no lock.
//
// In any 60 s a rate of R a minute with burst B admits at most R + B.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace maester::meter {

struct Rate {
  std::int64_t per_minute = 0;  // > 0
  std::int64_t burst = 0;       // > 0: what may come at once
};

// The state: nanoseconds of the monotonic clock.
using ArrivalTime = std::int64_t;

// How long `count` more have to wait; zero = now. What is larger than the burst has to wait for a
// full bucket, and then goes into debt.
nanoseconds gcra_wait(const Rate& rate, ArrivalTime tat, MonoTime now, std::int64_t count);
// The state after `count` were taken, or after a correction by a negative count.
ArrivalTime gcra_take(const Rate& rate, ArrivalTime tat, MonoTime now, std::int64_t count);
// How many may come at once now, and when the bucket is full again.
std::int64_t gcra_remaining(const Rate& rate, ArrivalTime tat, MonoTime now);
nanoseconds gcra_reset(ArrivalTime tat, MonoTime now);

}  // namespace maester::meter
