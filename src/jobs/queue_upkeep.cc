// What happens to jobs without anybody asking: leases run on or out, old ones go.
#include "jobs/queue_impl.h"
#include "jobs/rows.h"
#include "jobs/rules.h"

namespace maester::jobs {
namespace {

// Jobs with a lease that ends before `then`, without their steps.
Result<std::vector<Job>> leased_until(store::Database& db, WallTime then) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT " MAESTER_JOB_COLUMNS " FROM jobs INDEXED BY jobs_running"
                        " WHERE state = 'running' AND lease_until < ?1"));
  row.bind(1, to_ns(then));
  std::vector<Job> out;
  for (;;) {
    TRY_ASSIGN(const bool more, row.step());
    if (!more) return out;
    out.push_back(job_from(row));
  }
}

}  // namespace

// No other process works here: whatever is leased, nobody holds.
Status QueueImpl::recover() {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(const std::vector<Job> left, leased_until(*db, WallTime::max()));
    for (const Job& job : left) TRY(crashed(*db, job, "Its process ended while it ran"));
    recovered_ = static_cast<std::int64_t>(left.size());
    return {};
  });
}

Result<Job> QueueImpl::crashed(store::Database& db, Job job, std::string_view how) {
  TRY(read_steps(db, job));
  std::string where;
  for (const Step& step : job.steps) {
    if (step.state == State::running) where = ", in step `" + step.name + "`";
  }
  if (const auto live = live_.find(job.tenant, job.id)) {
    if (const auto step = live->step()) where = ", in step `" + step->name + "`";
  }
  ++job.crashes;
  const bool poison = job.crashes >= kMaxCrashes;
  failed(job, make_error(Code::internal,
                         std::string(how) + where + " (" + std::to_string(job.crashes) + " of " +
                             std::to_string(kMaxCrashes) + ")." +
                             (poison ? " It is not tried again by itself; see the log of those "
                                       "times, then retry it."
                                     : "")));
  if (poison) {
    job.state = State::dead;
    job.ended_at = clock_.wall();
  }
  TRY(end_running_step(db, job, State::failed, job.error));
  TRY(write(db, job));
  live_.revoke(job.tenant, job.id);
  return read_job(db, job.tenant, job.id);
}

Result<std::vector<Job>> QueueImpl::reap() {
  std::vector<Job> back;
  const auto db = work_.use();
  TRY_ASSIGN(const std::vector<Job> late, leased_until(*db, clock_.wall()));
  if (late.empty()) return back;
  TRY(db->transaction([&]() -> Status {
    for (const Job& job : late) {
      TRY_ASSIGN(Job taken, crashed(*db, job, "Its worker gave no sign of life"));
      back.push_back(std::move(taken));
    }
    return {};
  }));
  return back;
}

// A step's rows are read from Live only with the database in hand: whoever ends a step tells Live
// first, so a row that says how it ended is never written over.
Status QueueImpl::keep(bool beat) {
  std::vector<std::shared_ptr<Live>> told;
  for (auto& live : live_.all()) {
    const bool silent = clock_.mono() - live->last_sign() > kSilence;
    if (!live->revoked() && ((beat && !silent) || live->unsaved())) told.push_back(std::move(live));
  }
  if (told.empty()) return {};
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(store::Statement on,
               db->prepare("UPDATE jobs SET lease_until = max(lease_until, ?4) WHERE tenant = ?1"
                           " AND id = ?2 AND epoch = ?3 AND state = 'running'"));
    for (const auto& live : told) {
      const bool silent = clock_.mono() - live->last_sign() > kSilence;
      const WallTime until = beat && !silent ? clock_.wall() + kLease : WallTime{};
      on.bind(1, live->tenant()).bind(2, live->id()).bind(3, live->epoch());
      TRY(on.bind(4, to_ns(until)).run());
      if (db->changes() == 0) {
        live->revoke();
      } else if (const auto step = live->take_unsaved_step()) {
        TRY(put_step(*db, live->tenant(), live->id(), *step, ""));
      }
    }
    return {};
  });
}

Result<std::int64_t> QueueImpl::purge() {
  const WallTime now = clock_.wall();
  std::int64_t gone = 0;
  const auto db = work_.use();
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(store::Statement old,
               db->prepare("DELETE FROM jobs WHERE (tenant, id) IN (SELECT tenant, id FROM jobs"
                           " WHERE ended_at > 0 AND ended_at < ?1"
                           " AND (state NOT IN ('dead', 'failed') OR ended_at < ?2) LIMIT ?3)"));
    old.bind(1, to_ns(now - kKeepEnded)).bind(2, to_ns(now - kKeepDead)).bind(3, kPurgedAtOnce);
    TRY(old.run());
    gone = db->changes();
    return {};
  }));
  return gone;
}

Result<std::vector<Gauge>> QueueImpl::gauges() {
  const auto db = work_.use();
  std::vector<Gauge> out;
  for (const char* sql :
       {"SELECT kind, state, count(*), min(due_at) FROM jobs INDEXED BY jobs_waiting"
        " WHERE state IN ('queued', 'retry_wait') GROUP BY 1, 2",
        "SELECT kind, state, count(*), min(due_at) FROM jobs INDEXED BY jobs_running"
        " WHERE state = 'running' GROUP BY 1, 2"}) {
    TRY_ASSIGN(store::Statement row, db->prepare(sql));
    for (;;) {
      TRY_ASSIGN(const bool more, row.step());
      if (!more) break;
      out.push_back({std::string(row.text(0)), parse_state(row.text(1)).value_or(State::queued),
                     row.integer(2), from_ns(row.integer(3))});
    }
  }
  return out;
}

}  // namespace maester::jobs
