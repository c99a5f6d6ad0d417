// Writes of whoever holds a lease: each carries its epoch.
#include "jobs/queue_impl.h"
#include "jobs/rows.h"
#include "jobs/rules.h"

namespace maester::jobs {

Status QueueImpl::fence(store::Database& work, const Lease& lease) {
  TRY_ASSIGN(store::Statement row,
             work.prepare("SELECT 1 FROM jobs WHERE tenant = ?1 AND id = ?2 AND epoch = ?3"
                          " AND state = 'running'"));
  row.bind(1, lease.job.tenant).bind(2, lease.job.id).bind(3, lease.epoch);
  TRY_ASSIGN(const bool ours, row.step());
  if (ours) return {};
  lease.live->revoke();
  return fail(Code::cancelled, "The job is not this worker's any more.");
}

Status QueueImpl::get_on(store::Database& work, const Lease& lease) {
  TRY(fence(work, lease));
  TRY_ASSIGN(store::Statement on,
             work.prepare("UPDATE jobs SET crashes = 0, attempts = 1 WHERE tenant "
                          "= ?1 AND id = ?2 AND (crashes > 0 OR attempts > 1)"));
  return on.bind(1, lease.job.tenant).bind(2, lease.job.id).run();
}

Status QueueImpl::write(store::Database& db, const Job& job) {
  TRY_ASSIGN(store::Statement put,
             db.prepare("UPDATE jobs SET state = ?3, attempts = ?4, crashes = ?5, due_at = ?6,"
                        " updated_at = ?7, ended_at = ?8, error_code = ?9, error_message = ?10,"
                        " result = ?11, epoch = epoch + 1, lease_until = 0, worker = ''"
                        " WHERE tenant = ?1 AND id = ?2"));
  put.bind(1, job.tenant).bind(2, job.id).bind(3, to_string(job.state)).bind(4, job.attempts);
  put.bind(5, job.crashes).bind(6, to_ns(job.due_at)).bind(7, to_ns(clock_.wall()));
  put.bind(8, to_ns(job.ended_at)).bind(9, job.error ? to_string(job.error->code) : "");
  put.bind(10, job.error ? std::string_view(job.error->message) : "").bind(11, job.result);
  return put.run();
}

Status QueueImpl::end_running_step(store::Database& db, const Job& job, State state,
                                   const std::optional<Error>& error) {
  if (const auto live = live_.find(job.tenant, job.id)) {
    if (auto step = live->step()) {
      step->state = state;
      step->error = error;
      step->duration = std::chrono::duration_cast<milliseconds>(clock_.wall() - step->started_at);
      return put_step(db, job.tenant, job.id, *step, "");
    }
  }
  for (const Step& step : job.steps) {
    if (step.state != State::running) continue;
    Step ended = step;
    ended.state = state;
    ended.error = error;
    TRY(put_step(db, job.tenant, job.id, ended, ""));
  }
  return {};
}

Status QueueImpl::step_done(const Lease& lease, const Step& step, std::string_view output) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db, lease));
    return end_step(*db, lease, step, output);
  });
}

Result<std::string> QueueImpl::commit_step(
    const Lease& lease, Step step,
    const std::function<Result<std::string>(store::Database&)>& work) {
  std::string output;
  const auto db = work_.use();
  TRY(db->transaction([&]() -> Status {
    TRY(fence(*db, lease));
    TRY_ASSIGN(output, work(*db));
    step.duration = std::chrono::duration_cast<milliseconds>(clock_.wall() - step.started_at);
    step.state = State::succeeded;
    return end_step(*db, lease, step, output);
  }));
  return output;
}

// A job that gets on is no poison.
Status QueueImpl::end_step(store::Database& db, const Lease& lease, const Step& step,
                           std::string_view output) {
  if (output.size() > kMaxOutput) {
    return fail(Code::internal, "A step of a job keeps more than 64 KiB.");
  }
  TRY_ASSIGN(store::Statement on,
             db.prepare("UPDATE jobs SET crashes = crashes * ?4, updated_at = ?3"
                        " WHERE tenant = ?1 AND id = ?2"));
  on.bind(1, lease.job.tenant).bind(2, lease.job.id).bind(3, to_ns(clock_.wall()));
  TRY(on.bind(4, std::int64_t{step.state != State::succeeded}).run());
  return put_step(db, lease.job.tenant, lease.job.id, step, output);
}

void QueueImpl::failed(Job& job, const Error& error) {
  const WallTime now = clock_.wall();
  job.error = make_error(error.code, error.message, error.param);
  switch (remedy(error.code)) {
    case Remedy::none:
      job.state = State::failed;
      break;
    case Remedy::wait:
      job.state = State::retry_wait;
      --job.attempts;
      job.due_at = now + budget_delay(random_);
      break;
    case Remedy::retry:
      job.state = job.attempts < kMaxAttempts ? State::retry_wait : State::dead;
      job.due_at = now + retry_delay(job.attempts, random_);
      break;
  }
  if (job.state != State::retry_wait) job.ended_at = now;
}

Result<Job> QueueImpl::finish(const Lease& lease, const Result<std::string>& outcome) {
  Result<Job> done = fail(Code::internal, "");
  const auto db = work_.use();
  const Status written = db->transaction([&]() -> Status {
    TRY(fence(*db, lease));
    TRY_ASSIGN(Job job, read_job(*db, lease.job.tenant, lease.job.id));
    if (outcome) {
      job.state = State::succeeded;
      job.error.reset();
      job.result = *outcome;
      job.ended_at = clock_.wall();
      // What it did not need to do is not left to do.
      TRY_ASSIGN(store::Statement spare,
                 db->prepare("DELETE FROM job_steps WHERE tenant = ?1 AND job_id = ?2"
                             " AND state IN ('queued', 'running')"));
      TRY(spare.bind(1, job.tenant).bind(2, job.id).run());
    } else {
      failed(job, outcome.error());
      TRY(end_running_step(*db, job, State::failed, job.error));
    }
    TRY(write(*db, job));
    done = read_job(*db, job.tenant, job.id);
    return done ? Status() : fail(done.error());
  });
  live_.remove(*lease.live);
  if (!written) return fail(written.error());
  return done;
}

Result<Job> QueueImpl::release(const Lease& lease) {
  Result<Job> done = fail(Code::internal, "");
  const auto db = work_.use();
  const Status written = db->transaction([&]() -> Status {
    TRY(fence(*db, lease));
    TRY_ASSIGN(Job job, read_job(*db, lease.job.tenant, lease.job.id));
    job.state = State::queued;
    --job.attempts;
    TRY(end_running_step(*db, job, State::queued, std::nullopt));
    TRY(write(*db, job));
    done = read_job(*db, job.tenant, job.id);
    return done ? Status() : fail(done.error());
  });
  live_.remove(*lease.live);
  if (!written) return fail(written.error());
  return done;
}

}  // namespace maester::jobs
