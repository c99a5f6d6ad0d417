// Which lane (target and credential) the next attempt takes: the first target in order with a lane
// that is not blocked; of several credentials the one whose turn it is.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/pipeline/call.h"

namespace maester::gateway {

struct LaneChoice {
  std::size_t target = 0;
  std::size_t credential = 0;
  LaneUse use;
};

// What stands in the way of a target: nothing (`reason` none), or the block that ends first.
LaneBlock target_block(const Call& call, std::size_t target, MonoTime now);

// True when a lane of the target is free that this request has not failed on.
bool has_fresh_lane(const Call& call, std::size_t target, MonoTime now);

// A lane of this target, a fresh one if there is; empty when all are blocked.
std::optional<LaneChoice> take_lane(const Call& call, std::size_t target, MonoTime now);

// The first lane that is free, from `first` on, of targets that did not fail in this request. What
// is passed over is noted in call.routing.
std::optional<LaneChoice> take_first_lane(Call& call, std::size_t first, MonoTime now);

// Every lane is blocked: the error for the client, with call.retry_after set. Code::rate_limited
// when all wait for the end of a provider's limit, else no_target.
Error all_blocked(Call& call, MonoTime now);

// The shortest wait for a lane that only cools down or, with `busy_too`, has as many calls as it
// takes; nullopt when no lane does.
std::optional<nanoseconds> shortest_cool_down(const Call& call, MonoTime now, bool busy_too);

// The first target of that use which has a free lane and did not fail in this request.
std::optional<std::size_t> free_target(const Call& call, TargetUse use, MonoTime now);

// An attempt there failed, or its protocol cannot express the request.
bool failed_before(const Call& call, std::size_t target);
bool in_turn(const Call& call, std::size_t target);

// Any 64 bits: jitter and choices.
std::uint64_t draw_chance();

}  // namespace maester::gateway
