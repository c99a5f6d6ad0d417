#include "jobs/schema.h"

#include <array>

namespace maester::jobs {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "jobs, their steps, schedules", R"sql(
CREATE TABLE jobs (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  unique_key TEXT NOT NULL,     -- '' = none
  state TEXT NOT NULL,
  priority INTEGER NOT NULL,    -- 0 high, 1 normal, 2 low
  attempts INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  epoch INTEGER NOT NULL,       -- one more with every lease, cancellation and return
  lease_until INTEGER NOT NULL, -- 0 = not leased; times are nanoseconds since the epoch
  worker TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,    -- 0 = it lives
  error_code TEXT NOT NULL,     -- '' = none
  error_message TEXT NOT NULL,
  result TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX jobs_unique ON jobs (tenant, unique_key)
  WHERE unique_key <> '' AND state IN ('queued', 'running', 'retry_wait');
CREATE INDEX jobs_waiting ON jobs (tenant, priority, due_at, id, kind, state)
  WHERE state IN ('queued', 'retry_wait');
CREATE INDEX jobs_running ON jobs (tenant, lease_until, kind, due_at) WHERE state = 'running';
CREATE INDEX jobs_by_state ON jobs (tenant, state, id);
CREATE INDEX jobs_ended ON jobs (ended_at, state) WHERE ended_at > 0;

CREATE TABLE job_steps (
  tenant TEXT NOT NULL,
  job_id TEXT NOT NULL,
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  output TEXT NOT NULL,
  PRIMARY KEY (tenant, job_id, name),
  FOREIGN KEY (tenant, job_id) REFERENCES jobs (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE job_schedules (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  timetable TEXT NOT NULL,      -- '0 3 * * *', '@every 15m'
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  steps TEXT NOT NULL,          -- JSON array of names
  priority INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,     -- 0 = never
  last_job TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_schedules_next ON job_schedules (next_at) WHERE paused = 0;
)sql"},
}};

}  // namespace

std::span<const store::Migration> migrations() {
  return kMigrations;
}

}  // namespace maester::jobs
