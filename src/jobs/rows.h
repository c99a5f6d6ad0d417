// Rows of work.db as jobs and steps. Blocking SQL, on the connection's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/queue.h"
#include "store/sqlite.h"

namespace maester::jobs {

std::int64_t to_ns(WallTime at);
WallTime from_ns(std::int64_t ns);

// What job_from() reads, in its order.
#define MAESTER_JOB_COLUMNS                                                              \
  "tenant, id, kind, subject, payload, unique_key, state, priority, attempts, crashes, " \
  "error_code,"                                                                          \
  " error_message, result, trace_id, created_at, updated_at, due_at, ended_at"
Job job_from(const store::Statement& row);  // without its steps

// Code::not_found, saying where to look.
Result<Job> read_job(store::Database& db, std::string_view tenant, std::string_view id);
Status read_steps(store::Database& db, Job& job,
                  std::map<std::string, std::string, std::less<>>* outputs = nullptr);

Status insert_job(store::Database& db, const Job& job);
// Inserts or replaces the step of that name; a new one stands last.
Status put_step(store::Database& db, std::string_view tenant, std::string_view job_id,
                const Step& step, std::string_view output);

std::unexpected<Error> no_such_job(std::string_view id);

}  // namespace maester::jobs
