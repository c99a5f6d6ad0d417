#include "gateway/routing/lane_use.h"

#include <algorithm>
#include <utility>

namespace maester::gateway {
namespace {

// A refused credential is tried again by itself, rarely: somebody may have repaired it.
constexpr BreakerRules kAccessRules{.enabled = true,
                                    .consecutive_failures = 1,
                                    .failure_percent = 100,
                                    .minimum_calls = 1,
                                    .window = milliseconds{30'000},
                                    .open = milliseconds{30'000},
                                    .max_open = milliseconds{300'000}};

}  // namespace

LaneBlock blocked(const Lane& lane, MonoTime now, const BreakerRules& rules) {
  using Reason = LaneBlock::Reason;
  LaneState& state = *lane.state;
  if (!state.calls.admits(now, rules)) return {Reason::breaker_open, state.calls.wait(now)};
  if (!rules.enabled) return {};
  if (!lane.credential->access.admits(now, kAccessRules))
    return {Reason::credential_refused, lane.credential->access.wait(now)};
  if (!state.access.admits(now, kAccessRules))
    return {Reason::credential_refused, state.access.wait(now)};
  const nanoseconds cooling = std::max(state.limit.left(now), lane.credential->quota.left(now));
  if (cooling.count() > 0) return {Reason::cooling_down, cooling};
  if (state.concurrency.full(now)) return {Reason::at_limit, LaneUse::kBusyWait};
  return {};
}

LaneUse LaneUse::admit(const Lane& lane, UpstreamState& upstream, MonoTime now,
                       const BreakerRules& rules) {
  LaneUse use;
  Tickets tickets;
  tickets.calls = lane.state->calls.admit(now, rules);
  if (!tickets.calls.admitted) return use;
  tickets.access = lane.state->access.admit(now, kAccessRules);
  if (tickets.access.admitted) {
    tickets.credential = lane.credential->access.admit(now, kAccessRules);
  }
  const bool refused = rules.enabled && !tickets.credential.admitted;
  if (refused || !lane.state->concurrency.enter(now, rules.enabled)) {
    lane.state->calls.abandoned(tickets.calls);
    lane.state->access.abandoned(tickets.access);
    if (!refused) lane.credential->access.abandoned(tickets.credential);
    return use;
  }
  use.lane_ = &lane;
  use.upstream_ = &upstream;
  use.rules_ = &rules;
  use.tickets_ = tickets;
  use.started_ = now;
  upstream.latency.begin();
  return use;
}

LaneUse& LaneUse::operator=(LaneUse&& other) noexcept {
  if (this == &other) return *this;
  end(CallEnd::unknown, MonoTime{}, 0);
  lane_ = std::exchange(other.lane_, nullptr);
  upstream_ = other.upstream_;
  rules_ = other.rules_;
  tickets_ = other.tickets_;
  started_ = other.started_;
  timed_ = other.timed_;
  flowed_ = other.flowed_;
  return *this;
}

void LaneUse::first_byte(MonoTime now) {
  if (lane_ == nullptr || timed_) return;
  timed_ = true;
  upstream_->latency.observe(now, now - started_);
}

void LaneUse::flowing(MonoTime now) {
  if (lane_ == nullptr || flowed_) return;
  first_byte(now);
  flowed_ = true;
  lane_->state->calls.succeeded(tickets_.calls, now, *rules_);
  // A later failure of this call counts as one, but it is no probe any more.
  tickets_.calls = {.admitted = true};
  settle_access(CallEnd::answered, now);
}

void LaneUse::abandon() {
  lane_->state->calls.abandoned(tickets_.calls);
  lane_->state->access.abandoned(tickets_.access);
  lane_->credential->access.abandoned(tickets_.credential);
}

// A credential that was refused and now is not is proven by its probes; one that never was costs
// nothing here.
void LaneUse::settle_access(CallEnd how, MonoTime now) {
  const bool accepted = how != CallEnd::unauthorized;
  if (tickets_.credential.probe && accepted) {
    lane_->credential->access.succeeded(tickets_.credential, now, kAccessRules);
  }
  if (tickets_.access.probe && accepted && how != CallEnd::forbidden) {
    lane_->state->access.succeeded(tickets_.access, now, kAccessRules);
  }
  tickets_.credential.probe = tickets_.access.probe = false;
}

bool LaneUse::refuse(CallEnd how, MonoTime now, std::uint16_t chance) {
  lane_->state->calls.abandoned(tickets_.calls);
  Breaker& access = how == CallEnd::unauthorized ? lane_->credential->access : lane_->state->access;
  const Breaker::Ticket ticket =
      how == CallEnd::unauthorized ? tickets_.credential : tickets_.access;
  const Breaker::Ticket other =
      how == CallEnd::unauthorized ? tickets_.access : tickets_.credential;
  Breaker& other_access =
      how == CallEnd::unauthorized ? lane_->state->access : lane_->credential->access;
  other_access.abandoned(other);
  return access.failed(ticket, now, kAccessRules, chance);
}

void LaneUse::tell_concurrency(CallEnd how, MonoTime now) {
  AdaptiveLimit& concurrency = lane_->state->concurrency;
  switch (how) {
    case CallEnd::answered:
      return concurrency.succeeded();
    case CallEnd::rate_limited:
      return concurrency.refused(started_, now);
    case CallEnd::failed:
      return concurrency.failed(started_, now);
    case CallEnd::unauthorized:
    case CallEnd::forbidden:
    case CallEnd::quota:
    case CallEnd::unknown:
      return concurrency.left();
  }
}

bool LaneUse::end(CallEnd how, MonoTime now, std::uint16_t chance,
                  std::optional<nanoseconds> retry_after) {
  if (lane_ == nullptr) return false;
  bool opened = false;
  upstream_->latency.end();
  tell_concurrency(how, now);
  switch (how) {
    case CallEnd::answered:
      if (!flowed_) lane_->state->calls.succeeded(tickets_.calls, now, *rules_);
      settle_access(how, now);
      break;
    case CallEnd::failed:
      // A slow failure is as slow as it took; a fast one does not make an upstream look fast.
      if (!timed_) {
        upstream_->latency.observe(now, std::max(now - started_, upstream_->latency.mean(now)));
      }
      opened = lane_->state->calls.failed(tickets_.calls, now, *rules_, chance);
      lane_->state->access.abandoned(tickets_.access);
      lane_->credential->access.abandoned(tickets_.credential);
      break;
    case CallEnd::rate_limited:
    case CallEnd::quota: {
      const bool quota = how == CallEnd::quota;
      const nanoseconds wished =
          retry_after.value_or(quota ? nanoseconds{kQuotaCoolDown} : kDefaultCoolDown);
      CoolDown& cooling = quota ? lane_->credential->quota : lane_->state->limit;
      cooling.until(now + std::min<nanoseconds>(wished, kLongestCoolDown));
      abandon();
      break;
    }
    case CallEnd::unauthorized:
    case CallEnd::forbidden:
      opened = refuse(how, now, chance);
      break;
    case CallEnd::unknown:
      abandon();
      break;
  }
  lane_ = nullptr;
  return opened;
}

}  // namespace maester::gateway
