// How long to wait before a repeat. Pure.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace maester::gateway {

inline constexpr milliseconds kBackoffBase{100};
inline constexpr milliseconds kBackoffCap{2'000};
// A provider's own wish is followed up to here; a longer one sends the request elsewhere.
inline constexpr milliseconds kLongestRetryAfter{5'000};

// Full jitter: uniform in [0, min(base * 2^(failures - 1), cap)]. `chance` is any 16 bits.
// (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.) REQUIRES: failures >= 1
milliseconds backoff(std::size_t failures, std::uint16_t chance);

}  // namespace maester::gateway
