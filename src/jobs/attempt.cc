#include "jobs/attempt.h"

#include <exception>

#include "jobs/rules.h"

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
  Live& live = *lease_.live;
  live.begin_step(name, clock_.wall());
  Result<std::string> outcome = guarded(work);
  live.sign_of_life(clock_.mono());
  if (outcome && outcome->size() > kMaxOutput) {
    outcome = fail(Code::internal, "The step keeps more than 64 KiB.");
  }
  Step ended = live.step().value_or(Step{.name = std::string(name)});
  const WallTime now = clock_.wall();
  ended.duration = std::chrono::duration_cast<milliseconds>(now - ended.started_at);
  ended.state = outcome ? State::succeeded : State::failed;
  if (!outcome) ended.error = outcome.error();
  report_.step(ended, now);
  // A step that was told to stop did not fail: finish() or release() say what became of it.
  if (!outcome && outcome.error().code == Code::cancelled && stopped()) return outcome;
  live.end_step();
  TRY(leases_.step_done(lease_, ended, outcome ? std::string_view(*outcome) : ""));
  if (outcome) lease_.outputs.insert_or_assign(std::string(name), *outcome);
  return outcome;
}

Status AttemptRun::progress(std::int64_t done, std::int64_t total) {
  lease_.live->progress(done, total);
  return stopped() ? Status(stop()) : Status();
}

Status AttemptRun::fence(store::Database& work) {
  lease_.live->sign_of_life(clock_.mono());
  return leases_.fence(work, lease_);
}

}  // namespace maester::jobs
