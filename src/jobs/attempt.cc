#include "jobs/attempt.h"

#include <exception>

namespace maester::jobs {
namespace {

std::unexpected<Error> stop() {
  return fail(Code::cancelled, "The job was stopped.");
}

}  // namespace

Result<std::string> guarded(const std::function<Result<std::string>()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return fail(Code::internal, "Maester failed at this; its log has the reason.", {},
                thrown.what());
  } catch (...) {
    return fail(Code::internal, "Maester failed at this; its log has the reason.", {},
                "an exception of no known type");
  }
}

bool AttemptRun::stopped() const {
  lease_.live->sign_of_life(clock_.mono());
  return lease_.live->revoked() || stopping_.load(std::memory_order_acquire);
}

Result<std::string> AttemptRun::step(std::string_view name,
                                     const std::function<Result<std::string>()>& work) {
  if (const auto kept = lease_.outputs.find(name); kept != lease_.outputs.end()) {
    return kept->second;
  }
  if (stopped()) return stop();
  lease_.live->begin_step(name, clock_.wall());
  const Result<std::string> outcome = guarded(work);
  const Step ended = end(lease_.live->step().value_or(Step{.name = std::string(name)}), outcome);
  if (!outcome && outcome.error().code == Code::cancelled && stopped()) return outcome;
  lease_.live->end_step();
  TRY(leases_.step_done(lease_, ended, outcome ? std::string_view(*outcome) : ""));
  if (outcome) lease_.outputs.insert_or_assign(std::string(name), *outcome);
  return outcome;
}

Result<std::string> AttemptRun::commit(
    std::string_view name, const std::function<Result<std::string>(store::Database&)>& work) {
  if (const auto kept = lease_.outputs.find(name); kept != lease_.outputs.end()) {
    return kept->second;
  }
  if (stopped()) return stop();
  Live& live = *lease_.live;
  live.begin_step(name, clock_.wall());
  // Told before the transaction, so that no row of a running step is written over its end.
  const Step begun = live.step().value_or(Step{.name = std::string(name)});
  live.end_step();
  const Result<std::string> outcome = leases_.commit_step(
      lease_, begun, [&](store::Database& db) { return guarded([&] { return work(db); }); });
  const Step ended = end(begun, outcome);
  if (!outcome && outcome.error().code == Code::cancelled && stopped()) return outcome;
  if (!outcome) {
    TRY(leases_.step_done(lease_, ended, ""));
  } else {
    lease_.outputs.insert_or_assign(std::string(name), *outcome);
  }
  return outcome;
}

// The step, as it is when it ended like that; told to whoever watches. One that was told
// to stop did not fail: finish() or release() say what became of it.
Step AttemptRun::end(Step ended, const Result<std::string>& outcome) {
  lease_.live->sign_of_life(clock_.mono());
  const WallTime now = clock_.wall();
  ended.duration = std::chrono::duration_cast<milliseconds>(now - ended.started_at);
  ended.state = outcome ? State::succeeded : State::failed;
  if (!outcome) ended.error = outcome.error();
  report_.step(ended, now);
  return ended;
}

Status AttemptRun::progress(std::int64_t done, std::int64_t total) {
  lease_.live->progress(done, total);
  return stopped() ? Status(stop()) : Status();
}

Status AttemptRun::fence(store::Database& work) {
  lease_.live->sign_of_life(clock_.mono());
  return leases_.fence(work, lease_);
}

Status AttemptRun::get_on(store::Database& work) {
  lease_.live->sign_of_life(clock_.mono());
  return leases_.get_on(work, lease_);
}

}  // namespace maester::jobs
