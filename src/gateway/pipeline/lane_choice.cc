#include "gateway/pipeline/lane_choice.h"

#include <algorithm>
#include <cstring>

#include "runtime/core.h"

namespace maester::gateway {
namespace {

using Reason = LaneBlock::Reason;

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::none:
      break;
    case Reason::breaker_open:
      return "breaker_open";
    case Reason::cooling_down:
      return "cooling_down";
    case Reason::credential_refused:
      return "credential_refused";
    case Reason::at_limit:
      return "at_limit";
  }
  return "";
}

const BreakerRules& rules_of(const Call& call) {
  return call.snapshot->config().breaker;
}

bool failed_on(const Call& call, std::size_t target, std::size_t credential) {
  const Target* one = &call.resolution.targets[target];
  return std::any_of(call.attempts.begin(), call.attempts.end(), [&](const auto& attempt) {
    return attempt->target == one && attempt->credential == credential && attempt->failure;
  });
}

std::optional<LaneChoice> take(const Call& call, std::size_t target, std::size_t credential,
                               MonoTime now) {
  const Upstream& upstream = *call.resolution.targets[target].upstream;
  const Lane& lane = upstream.lanes[credential];
  if (blocked(lane, now, rules_of(call)).reason != Reason::none) return std::nullopt;
  LaneUse use = LaneUse::admit(lane, *upstream.state, now, rules_of(call));
  if (!use) return std::nullopt;
  return LaneChoice{target, credential, std::move(use)};
}

void note(Call& call, std::size_t target, MonoTime now) {
  const Target& one = call.resolution.targets[target];
  const LaneBlock block = target_block(call, target, now);
  Routing::PassedOver entry{one.model, one.provider->config.name, to_string(block.reason)};
  auto& list = call.routing.passed_over;
  if (!entry.reason.empty() && std::find(list.begin(), list.end(), entry) == list.end()) {
    list.push_back(std::move(entry));
  }
}

}  // namespace

std::optional<std::size_t> free_target(const Call& call, TargetUse use, MonoTime now) {
  for (std::size_t i = 0; i < call.resolution.targets.size(); ++i) {
    if (call.resolution.targets[i].use != use || failed_before(call, i)) continue;
    if (target_block(call, i, now).reason == Reason::none) return i;
  }
  return std::nullopt;
}

LaneBlock target_block(const Call& call, std::size_t target, MonoTime now) {
  LaneBlock first;
  for (const Lane& lane : call.resolution.targets[target].upstream->lanes) {
    const LaneBlock block = blocked(lane, now, rules_of(call));
    if (block.reason == Reason::none) return block;
    if (first.reason == Reason::none || block.wait < first.wait) first = block;
  }
  return first;
}

bool has_fresh_lane(const Call& call, std::size_t target, MonoTime now) {
  const Upstream& upstream = *call.resolution.targets[target].upstream;
  for (std::size_t i = 0; i < upstream.lanes.size(); ++i) {
    if (!failed_on(call, target, i) &&
        blocked(upstream.lanes[i], now, rules_of(call)).reason == Reason::none) {
      return true;
    }
  }
  return false;
}

std::optional<LaneChoice> take_lane(const Call& call, std::size_t target, MonoTime now) {
  const Upstream& upstream = *call.resolution.targets[target].upstream;
  const std::size_t lanes = upstream.lanes.size();
  if (lanes == 1) return take(call, target, 0, now);
  const std::size_t turn = upstream.state->turn.fetch_add(1, std::memory_order_relaxed);
  for (const bool fresh : {true, false}) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::size_t at = (turn + i) % lanes;
      if (failed_on(call, target, at) == fresh) continue;
      if (auto choice = take(call, target, at, now)) return choice;
    }
  }
  return std::nullopt;
}

std::optional<LaneChoice> take_first_lane(Call& call, std::size_t first, MonoTime now) {
  for (std::size_t i = first; i < call.resolution.targets.size(); ++i) {
    if (!in_turn(call, i) || failed_before(call, i)) continue;
    if (auto choice = take_lane(call, i, now)) return choice;
    note(call, i, now);
  }
  return std::nullopt;
}

std::optional<nanoseconds> shortest_cool_down(const Call& call, MonoTime now, bool busy_too) {
  std::optional<nanoseconds> shortest;
  for (const Target& target : call.resolution.targets) {
    if (target.use != TargetUse::in_turn) continue;
    for (const Lane& lane : target.upstream->lanes) {
      const LaneBlock block = blocked(lane, now, rules_of(call));
      const bool ends =
          block.reason == Reason::cooling_down || (busy_too && block.reason == Reason::at_limit);
      if (ends && (!shortest || block.wait < *shortest)) shortest = block.wait;
    }
  }
  return shortest;
}

Error all_blocked(Call& call, MonoTime now) {
  nanoseconds shortest = nanoseconds::max();
  bool limited = true;
  for (std::size_t i = 0; i < call.resolution.targets.size(); ++i) {
    if (!in_turn(call, i)) continue;
    const LaneBlock block = target_block(call, i, now);
    shortest = std::min(shortest, block.wait);
    limited = limited && (block.reason == Reason::cooling_down || block.reason == Reason::at_limit);
  }
  call.retry_after = std::max(std::chrono::ceil<milliseconds>(shortest), milliseconds{1'000});
  const std::string what = call.resolution.route.empty()
                               ? "The provider of model `" + call.requested_model + "`"
                               : "Every target of route `" + call.resolution.route + "`";
  if (limited) {
    return make_error(Code::rate_limited,
                      what + " is limiting requests; wait as `retry-after` says.");
  }
  return make_error(Code::no_target, what +
                                         " failed lately and is not asked for a while; wait as "
                                         "`retry-after` says.");
}

bool in_turn(const Call& call, std::size_t target) {
  return call.resolution.targets[target].use == TargetUse::in_turn;
}

bool failed_before(const Call& call, std::size_t target) {
  if ((call.routing.unfit >> target & 1) != 0) return true;
  const Target* one = &call.resolution.targets[target];
  return std::any_of(call.attempts.begin(), call.attempts.end(), [&](const auto& attempt) {
    return attempt->target == one && attempt->failure;
  });
}

std::uint64_t draw_chance() {
  const SpanId id = runtime::Core::current()->ids().span_id();
  std::uint64_t bits = 0;
  std::memcpy(&bits, id.bytes.data(), sizeof bits);
  return bits;
}

}  // namespace maester::gateway
