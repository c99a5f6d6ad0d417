// One call on one lane, from its admission to its verdict: tells the breakers, the cool-downs and
// the latency what became of it, exactly once. Destroyed without a verdict (the client left) it
// gives its probes back.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/routing/upstream.h"

namespace maester::gateway {

enum class CallEnd : std::uint8_t {
  answered,      // the provider did its work, or refused for a reason that is the request's
  failed,        // 5xx, connect, reset, timeout, garbage
  rate_limited,  // 429: no failure, but a cool-down
  unauthorized,  // 401: the credential is no good
  forbidden,     // 403: not for this model
  quota,         // its account is exhausted
  unknown,       // nobody can blame the provider: cancelled, or the caller's own deadline
};

// Why a lane is not to be asked now; `until` says for how long, as far as is known.
struct LaneBlock {
  enum class Reason : std::uint8_t {
    none,
    breaker_open,
    cooling_down,
    credential_refused,
    at_limit,  // as many calls are under way as it took lately
  } reason{};
  nanoseconds wait{0};
};

// Nothing is taken: for choosing.
LaneBlock blocked(const Lane& lane, MonoTime now, const BreakerRules& rules);

class LaneUse {
 public:
  LaneUse() = default;
  LaneUse(LaneUse&& other) noexcept { *this = std::move(other); }
  LaneUse& operator=(LaneUse&& other) noexcept;
  ~LaneUse() { end(CallEnd::unknown, MonoTime{}, 0); }

  // Admits a call, or is empty when the lane is blocked. `lane`, `upstream` and `rules` outlive it.
  static LaneUse admit(const Lane& lane, UpstreamState& upstream, MonoTime now,
                       const BreakerRules& rules);
  explicit operator bool() const { return lane_ != nullptr; }

  // The first byte of the answer is here.
  void first_byte(MonoTime now);
  // The stream has begun to flow: the provider is alive, whatever becomes of this call.
  void flowing(MonoTime now);
  // The verdict; later ones are ignored. `retry_after` of a 429, `chance` any 16 bits. True when it
  // opened a breaker.
  bool end(CallEnd how, MonoTime now, std::uint16_t chance,
           std::optional<nanoseconds> retry_after = {});

  static constexpr milliseconds kBusyWait{50};  // what an `at_limit` lane is given to become free
  static constexpr std::chrono::seconds kDefaultCoolDown{1}, kQuotaCoolDown{60},
      kLongestCoolDown{300};

 private:
  struct Tickets {
    Breaker::Ticket calls, access, credential;
  };
  void abandon();
  void settle_access(CallEnd how, MonoTime now);
  void tell_concurrency(CallEnd how, MonoTime now);
  bool refuse(CallEnd how, MonoTime now, std::uint16_t chance);

  const Lane* lane_ = nullptr;
  UpstreamState* upstream_ = nullptr;
  const BreakerRules* rules_ = nullptr;
  Tickets tickets_;
  MonoTime started_{};
  bool timed_ = false, flowed_ = false;
};

}  // namespace maester::gateway
