#include "gateway/pipeline/hedge.h"

#include <algorithm>
#include <array>

#include "gateway/pipeline/attempt_parts.h"
#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/ledger_records.h"
#include "runtime/suspension.h"

namespace maester::gateway {
namespace {

struct Entrant {
  Attempt* attempt = nullptr;
  Status outcome;
  bool done = false;
  bool good() const {
    return done && outcome && attempt->upstream->status() >= 200 &&
           attempt->upstream->status() <= 299;
  }
};

class Race {
 public:
  Race(Call& call, const Services& services)
      : call_(call), services_(services), core_(*runtime::Core::current()), group_(core_) {}

  void enter(Attempt& attempt) {
    Entrant& one = entrants_[count_++];
    one.attempt = &attempt;
    attempt.stop = std::make_unique<runtime::StopSource>(call_.gone);
    group_.spawn(drive(one));
  }

  // Until somebody is good, all are done, or the deadline.
  runtime::Task<void> wait(Deadline deadline) {
    while (!decided()) {
      runtime::Suspension pause(core_, {deadline, {}});
      waiting_ = &pause;
      const runtime::Wake wake = co_await pause;
      waiting_ = nullptr;
      if (wake == runtime::Wake::deadline) co_return;
    }
  }

  bool decided() const {
    const auto end = entrants_.begin() + static_cast<std::ptrdiff_t>(count_);
    return std::any_of(entrants_.begin(), end, [](const Entrant& one) { return one.good(); }) ||
           std::all_of(entrants_.begin(), end, [](const Entrant& one) { return one.done; });
  }

  // Stops whoever still runs; the rest of the race is history then.
  runtime::Task<void> finish(const Entrant* winner) {
    for (Entrant& one : entrants_) {
      if (one.attempt != nullptr && &one != winner) one.attempt->stop->request_stop();
    }
    auto joining = group_.join({});  // bounded: all were told to stop
    (void)co_await std::move(joining);
  }

  Entrant& first() { return entrants_[0]; }
  Entrant& second() { return entrants_[1]; }
  bool hedged() const { return count_ == 2; }

 private:
  runtime::Task<void> drive(Entrant& one) {
    auto dispatching = dispatch(call_, services_, *one.attempt);
    one.outcome = co_await std::move(dispatching);
    one.done = true;
    if (waiting_ != nullptr) waiting_->signal();
  }

  Call& call_;
  const Services& services_;
  runtime::Core& core_;
  std::array<Entrant, 2> entrants_;
  std::size_t count_ = 0;
  runtime::Suspension* waiting_ = nullptr;
  runtime::TaskGroup group_;
};

// When the second call is due; never() = not at all.
Deadline due(const Call& call) {
  const HedgeConfig& rules = call.resolution.rules->hedge;
  const Attempt& first = *call.attempts.back();
  nanoseconds after = rules.after;
  if (rules.at_p95) {
    const auto slow = first.target->upstream->state->slow.value();
    if (!slow && after.count() == 0) return Deadline::never();
    if (slow) after = std::max(after, *slow);
  }
  return Deadline::at(first.started + after);
}

// Another target before another call to the same one.
std::optional<LaneChoice> lane_beside(const Call& call, MonoTime now) {
  const std::size_t mine = call.next_target;
  for (std::size_t i = 0; i < call.resolution.targets.size(); ++i) {
    if (i == mine || !in_turn(call, i) || failed_before(call, i)) continue;
    if (auto choice = take_lane(call, i, now)) return choice;
  }
  return take_lane(call, mine, now);
}

// The second attempt, when the route, the budgets and the providers allow one.
Attempt* begin_second(Call& call, const Services& services) {
  const MonoTime now = services.clock.mono();
  if (static_cast<int>(call.attempts.size()) >= call.resolution.attempts ||
      call.deadline.passed(now) || call.gone.stop_requested()) {
    return nullptr;
  }
  UpstreamState& upstream = *call.attempt()->target->upstream->state;
  auto choice = lane_beside(call, now);
  if (!choice || !upstream.hedges.spend()) return nullptr;
  const std::size_t mine = call.next_target;
  Attempt& second = begin_attempt(call, services, std::move(*choice));
  if (hold(call, second, services)) return &second;
  call.refusal.reset();  // no money for it is no reason to refuse the request
  call.attempts.pop_back();
  call.next_target = mine;
  return nullptr;
}

// An answer that came, and is not wanted; a failure of the provider's stays one.
Status lost(Attempt& attempt) {
  attempt.status = attempt.upstream->status();
  if (attempt.status >= 500) {
    return fail(Code::upstream_error, "The provider answered with an error.", "status");
  }
  attempt.status = 0;
  return fail(Code::cancelled, "Another attempt answered sooner.", "hedge");
}

void make_last(Call& call, const Attempt* attempt) {
  const auto found = std::find_if(call.attempts.begin(), call.attempts.end(),
                                  [&](const auto& one) { return one.get() == attempt; });
  std::rotate(found, found + 1, call.attempts.end());
  call.next_target = static_cast<std::size_t>(attempt->target - call.resolution.targets.data());
}

}  // namespace

bool hedges(const Call& call) {
  const RouteConfig* rules = call.resolution.rules;
  // A request budget has set aside what one attempt can cost.
  return rules != nullptr && !call.options.budget_asked &&
         (rules->hedge.after.count() > 0 || rules->hedge.at_p95);
}

runtime::Task<Status> dispatch_hedged(Call& call, const Services& services) {
  UpstreamState& upstream = *call.attempt()->target->upstream->state;
  upstream.hedges.earn(call.resolution.rules->hedge.percent);
  Race race(call, services);
  const Deadline at = due(call);
  race.enter(*call.attempt());
  auto waiting = race.wait(at);
  co_await std::move(waiting);
  Entrant& first = race.first();
  if (!race.decided()) {
    if (Attempt* second = begin_second(call, services)) {
      services.metrics.hedged.add();
      race.enter(*second);
    }
    auto deciding = race.wait(Deadline::never());  // each entrant has its own deadlines
    co_await std::move(deciding);
  }
  if (first.done && first.outcome) {
    upstream.slow.observe(services.clock.mono() - first.attempt->started);
  }
  if (!race.hedged()) {
    auto ending = race.finish(&first);
    co_await std::move(ending);
    co_return std::move(first.outcome);
  }
  // Of two that failed the second is left to speak; of two that are good the first is taken.
  Entrant& winner = first.good() ? first : race.second();
  Entrant& loser = first.good() ? race.second() : first;
  auto ending = race.finish(&winner);
  co_await std::move(ending);
  if (loser.outcome) loser.outcome = lost(*loser.attempt);
  loser.attempt->upstream.reset();
  conclude(call, *loser.attempt, services, loser.outcome);
  auto settling = journal_settlement(call, *loser.attempt, services, false);
  CO_TRY(co_await std::move(settling));
  make_last(call, winner.attempt);
  co_return std::move(winner.outcome);
}

}  // namespace maester::gateway
