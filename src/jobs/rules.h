// The queue's numbers (RULES.md §12), and when a failed job is tried again.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace maester::jobs {

inline constexpr std::chrono::seconds kLease{60};  // a worker that does not beat loses it
inline constexpr std::chrono::seconds kBeat{15};
inline constexpr std::chrono::minutes kSilence{10};  // a handler without a sign of life so long
inline constexpr std::int64_t kMaxAttempts = 8;
inline constexpr std::int64_t kMaxCrashes = 3;
inline constexpr std::chrono::seconds kLongestDelay{3600};
inline constexpr std::chrono::minutes kBudgetDelay{10};  // a spent budget is asked again
// A job so much older stands before one of the next higher priority.
inline constexpr std::chrono::minutes kAging{10};
inline constexpr std::chrono::days kKeepEnded{7};    // succeeded, cancelled
inline constexpr std::chrono::days kKeepDead{30};    // dead, failed
inline constexpr std::int64_t kPurgedAtOnce = 500;   // jobs in one transaction
inline constexpr std::size_t kMaxOutput = 64 << 10;  // what a step or job may keep, bytes

// What an error means for a job: no further attempt, one later, or one that does not count.
enum class Remedy : std::uint8_t { none, retry, wait };
Remedy remedy(Code code);

// After so many attempts: attempts^4 s, at most an hour, +-10 %.
nanoseconds retry_delay(std::int64_t attempts, Random& random);
nanoseconds budget_delay(Random& random);

}  // namespace maester::jobs
