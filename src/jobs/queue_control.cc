// What people and other modules do to jobs: cancel, retry, erase.
#include "jobs/queue_impl.h"
#include "jobs/rows.h"

namespace maester::jobs {
namespace {

bool waits(State state) {
  return state == State::queued || state == State::retry_wait;
}

std::unexpected<Error> not_in(const Job& job, std::string_view what, std::string_view why) {
  return fail(Code::conflict, "The job is " + std::string(to_string(job.state)) +
                                  " and cannot be " + std::string(what) + ": " + std::string(why));
}

// The steps that did not end well begin anew.
Status reset_steps(store::Database& db, const Job& job) {
  TRY_ASSIGN(store::Statement reset,
             db.prepare("UPDATE job_steps SET state = 'queued', started_at = 0, duration_ms = 0,"
                        " done = 0, total = 0, error_code = '', error_message = ''"
                        " WHERE tenant = ?1 AND job_id = ?2 AND state <> 'succeeded'"));
  return reset.bind(1, job.tenant).bind(2, job.id).run();
}

}  // namespace

Result<Job> QueueImpl::cancel(std::string_view tenant, std::string_view id) {
  Result<Job> done = fail(Code::internal, "");
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      done = cancel(*db, tenant, id);
      return done ? Status() : fail(done.error());
    }));
  }
  wake();  // the tenant has a place free
  return done;
}

Result<Job> QueueImpl::cancel(store::Database& work, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(Job job, read_job(work, tenant, id));
  if (job.state == State::cancelled) return job;
  if (!waits(job.state) && job.state != State::running) {
    return not_in(job, "cancelled", "it has ended.");
  }
  job.state = State::cancelled;
  job.ended_at = clock_.wall();
  TRY(write(work, job));
  TRY(end_running_step(work, job, State::cancelled, std::nullopt));
  live_.revoke(tenant, id);
  return read_job(work, tenant, id);
}

Result<Job> QueueImpl::retry(std::string_view tenant, std::string_view id) {
  Result<Job> done = fail(Code::internal, "");
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      done = retry_in(*db, tenant, id);
      return done ? Status() : fail(done.error());
    }));
  }
  wake();
  return done;
}

Result<Job> QueueImpl::retry_in(store::Database& db, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(Job job, read_job(db, tenant, id));
  if (job.state == State::succeeded) return not_in(job, "retried", "it did what it was for.");
  if (job.state == State::running) return not_in(job, "retried", "wait for its end, or cancel it.");
  if (job.state == State::queued) return not_in(job, "retried", "its turn is still to come.");
  const bool ended = job.state != State::retry_wait;
  job.state = State::queued;
  job.due_at = clock_.wall();
  job.ended_at = {};
  if (ended) {
    job.attempts = job.crashes = 0;
    TRY(reset_steps(db, job));
  }
  if (Status written = write(db, job); !written) {
    if (written.error().code != Code::conflict) return fail(written.error());
    return fail(Code::conflict, "Another job for the same thing (`" + job.subject +
                                    "`) is on its way; see its end "
                                    "first, or cancel it.");
  }
  return read_job(db, tenant, id);
}

Status QueueImpl::erase(store::Database& work, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM job_steps WHERE tenant = ?1", "DELETE FROM jobs WHERE tenant = ?1",
        "DELETE FROM job_schedules WHERE tenant = ?1"}) {
    TRY_ASSIGN(store::Statement gone, work.prepare(sql));
    TRY(gone.bind(1, tenant).run());
  }
  return {};
}

void QueueImpl::forget(std::string_view tenant) {
  {
    const std::lock_guard lock(mutex_);
    erased_.emplace(tenant);
  }
  live_.revoke_tenant(tenant);
}

}  // namespace maester::jobs
