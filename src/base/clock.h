// Time. Wall time (WallTime) is for records and calendar periods; MonoTime for deadlines, durations
// and expiry. Both come from the injected Clock so that a simulation owns time; nothing else reads
// a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace maester {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Nanoseconds since the Unix epoch, UTC.
using WallTime = std::chrono::sys_time<nanoseconds>;

struct MonoClock {
  using duration = nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;  // thread-safe
  virtual MonoTime mono() const = 0;  // thread-safe, never backwards
};

// The system's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC).
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

// A clock that stands still until told. Not thread-safe while being advanced.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime{std::chrono::seconds{1'700'000'000}})
      : wall_(start) {}
  WallTime wall() const override { return wall_; }
  MonoTime mono() const override { return mono_; }
  void advance(nanoseconds by) {
    wall_ += by;
    mono_ += by;
  }
  void set_wall(WallTime to) { wall_ = to; }

 private:
  WallTime wall_;
  MonoTime mono_{std::chrono::seconds{1}};
};

// "2026-11-20T23:01:05.123Z" (RFC 3339, milliseconds, UTC).
std::string format_rfc3339(WallTime time);
// Reads what format_rfc3339 writes, any number of decimals (those past the ninth are dropped), with
// `Z` or an offset (+01:00), or a day alone, which is its beginning in UTC. Nullopt for anything
// else and for years outside 1970..2200.
std::optional<WallTime> parse_rfc3339(std::string_view text);
// "2026-11-20", the UTC day.
std::string format_day(WallTime time);

// When a wait ends at the latest. Deadline::never() for a wait that something else bounds; say
// what.
class Deadline {
 public:
  static Deadline never() { return Deadline(MonoTime::max()); }
  static Deadline at(MonoTime time) { return Deadline(time); }
  static Deadline after(const Clock& clock, nanoseconds wait) {
    return Deadline(clock.mono() + wait);
  }
  MonoTime time() const { return at_; }
  bool is_never() const { return at_ == MonoTime::max(); }
  bool passed(MonoTime now) const { return now >= at_; }
  nanoseconds left(MonoTime now) const { return at_ > now ? at_ - now : nanoseconds{0}; }
  Deadline sooner(Deadline other) const { return at_ < other.at_ ? *this : other; }
  auto operator<=>(const Deadline&) const = default;

 private:
  explicit Deadline(MonoTime at) : at_(at) {}
  MonoTime at_;
};

}  // namespace maester
