#include "jobs/rows.h"

namespace maester::jobs {
namespace {

Code parse_code(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::closed); ++i) {
    if (to_string(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  }
  return Code::internal;
}

std::optional<Error> error_from(const store::Statement& row, int column) {
  if (row.text(column).empty()) return std::nullopt;
  return make_error(parse_code(row.text(column)), std::string(row.text(column + 1)));
}

void bind_error(store::Statement& statement, int index, const std::optional<Error>& error) {
  statement.bind(index, error ? to_string(error->code) : "");
  statement.bind(index + 1, error ? std::string_view(error->message) : "");
}

State state_from(std::string_view text) {
  return parse_state(text).value_or(State::dead);
}

}  // namespace

std::int64_t to_ns(WallTime at) {
  return at.time_since_epoch().count();
}

WallTime from_ns(std::int64_t ns) {
  return WallTime{nanoseconds{ns}};
}

Job job_from(const store::Statement& row) {
  Job job;
  job.tenant = row.text(0);
  job.id = row.text(1);
  job.kind = row.text(2);
  job.subject = row.text(3);
  job.payload = row.text(4);
  job.unique_key = row.text(5);
  job.state = state_from(row.text(6));
  job.priority = static_cast<Priority>(row.integer(7));
  job.attempts = row.integer(8);
  job.crashes = row.integer(9);
  job.error = error_from(row, 10);
  job.result = row.text(12);
  job.trace_id = row.text(13);
  job.created_at = from_ns(row.integer(14));
  job.updated_at = from_ns(row.integer(15));
  job.due_at = from_ns(row.integer(16));
  job.ended_at = from_ns(row.integer(17));
  return job;
}

Result<Job> read_job(store::Database& db, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT " MAESTER_JOB_COLUMNS " FROM jobs WHERE tenant = ?1 AND id = ?2"));
  TRY_ASSIGN(const bool found, row.bind(1, tenant).bind(2, id).step());
  if (!found) return no_such_job(id);
  Job job = job_from(row);
  TRY(read_steps(db, job));
  return job;
}

Status read_steps(store::Database& db, Job& job,
                  std::map<std::string, std::string, std::less<>>* outputs) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT name, state, started_at, duration_ms, done, total, error_code,"
                        " error_message, output FROM job_steps WHERE tenant = ?1 AND job_id = ?2"
                        " ORDER BY ordinal"));
  row.bind(1, job.tenant).bind(2, job.id);
  job.steps.clear();
  for (;;) {
    TRY_ASSIGN(const bool more, row.step());
    if (!more) return {};
    Step step;
    step.name = row.text(0);
    step.state = state_from(row.text(1));
    step.started_at = from_ns(row.integer(2));
    step.duration = std::chrono::milliseconds{row.integer(3)};
    step.done = row.integer(4);
    step.total = row.integer(5);
    step.error = error_from(row, 6);
    if (outputs != nullptr && step.state == State::succeeded) {
      outputs->insert_or_assign(step.name, std::string(row.text(8)));
    }
    job.steps.push_back(std::move(step));
  }
}

Status insert_job(store::Database& db, const Job& job) {
  TRY_ASSIGN(
      store::Statement put,
      db.prepare("INSERT INTO jobs (tenant, id, kind, subject, payload, unique_key, state,"
                 " priority, attempts, crashes, epoch, lease_until, worker, due_at,"
                 " created_at, updated_at, ended_at, error_code, error_message, result,"
                 " trace_id) VALUES (?,?,?,?,?,?,'queued',?,0,0,0,0,'',?,?,?,0,'','','',?)"));
  put.bind(1, job.tenant).bind(2, job.id).bind(3, job.kind).bind(4, job.subject);
  put.bind(5, job.payload).bind(6, job.unique_key);
  put.bind(7, static_cast<std::int64_t>(job.priority)).bind(8, to_ns(job.due_at));
  put.bind(9, to_ns(job.created_at)).bind(10, to_ns(job.created_at)).bind(11, job.trace_id);
  TRY(put.run());
  for (const Step& step : job.steps) TRY(put_step(db, job.tenant, job.id, step, ""));
  return {};
}

Status put_step(store::Database& db, std::string_view tenant, std::string_view job_id,
                const Step& step, std::string_view output) {
  TRY_ASSIGN(
      store::Statement put,
      db.prepare("INSERT INTO job_steps (tenant, job_id, name, ordinal, state, started_at,"
                 " duration_ms, done, total, error_code, error_message, output) VALUES (?1, ?2, ?3,"
                 " (SELECT coalesce(max(ordinal), 0) + 1 FROM job_steps WHERE tenant = ?1 AND"
                 " job_id = ?2), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                 " ON CONFLICT (tenant, job_id, name) DO UPDATE SET state = excluded.state,"
                 " started_at = excluded.started_at, duration_ms = excluded.duration_ms,"
                 " done = excluded.done, total = excluded.total,"
                 " error_code = excluded.error_code, error_message = excluded.error_message,"
                 " output = excluded.output"));
  put.bind(1, tenant).bind(2, job_id).bind(3, step.name).bind(4, to_string(step.state));
  put.bind(5, to_ns(step.started_at)).bind(6, std::int64_t{step.duration.count()});
  put.bind(7, step.done).bind(8, step.total);
  bind_error(put, 9, step.error);
  return put.bind(11, output).run();
}

std::unexpected<Error> no_such_job(std::string_view id) {
  return fail(Code::not_found, "There is no job `" + std::string(id.substr(0, 64)) +
                                   "`. GET /v1/jobs lists what there is.");
}

}  // namespace maester::jobs
