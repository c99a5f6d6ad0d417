#include "jobs/queue.h"

#include <algorithm>

#include "jobs/queue_impl.h"
#include "jobs/rows.h"
#include "jobs/schema.h"

namespace maester::jobs {
namespace {

constexpr std::size_t kLongestName = 255;

Status check(const NewJob& job) {
  if (job.tenant.empty() || job.kind.empty() || job.kind.size() > kLongestName ||
      job.unique_key.size() > kLongestName) {
    return fail(Code::internal, "A job needs a tenant and a kind, and names of at most 255 bytes.");
  }
  return {};
}

Result<std::optional<std::string>> live_with_key(store::Database& db, std::string_view tenant,
                                                 std::string_view key) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT id FROM jobs WHERE tenant = ?1 AND unique_key = ?2"
                        " AND unique_key <> '' AND state IN ('queued', 'running', 'retry_wait')"));
  TRY_ASSIGN(const bool found, row.bind(1, tenant).bind(2, key).step());
  return found ? std::optional(std::string(row.text(0))) : std::nullopt;
}

Result<store::Statement> list_statement(store::Database& db, std::optional<State> state) {
  return state ? db.prepare("SELECT " MAESTER_JOB_COLUMNS
                            " FROM jobs WHERE tenant = ?1 AND id < ?2"
                            " AND state = ?4 ORDER BY id DESC LIMIT ?3")
               : db.prepare("SELECT " MAESTER_JOB_COLUMNS
                            " FROM jobs WHERE tenant = ?1 AND id < ?2"
                            " ORDER BY id DESC LIMIT ?3");
}

}  // namespace

Result<std::unique_ptr<Queue>> Queue::open(store::LockedDatabase& work, const Clock& clock,
                                           Random& random) {
  auto queue = std::make_unique<QueueImpl>(work, clock, random);
  TRY(queue->start());
  return std::unique_ptr<Queue>(std::move(queue));
}

Status QueueImpl::start() {
  {
    const auto db = work_.use();
    TRY(store::migrate(*db, migrations(), "jobs"));
  }
  schedules_ = Schedules::make(work_, clock_, *this);
  return recover();
}

Result<Queue::Added> QueueImpl::add(store::Database& work, const NewJob& asked) {
  TRY(check(asked));
  {
    const std::lock_guard lock(mutex_);
    if (erased_.contains(asked.tenant)) {
      return fail(Code::unauthenticated,
                  "The tenant was erased; nothing is taken for it any more.");
    }
  }
  if (!asked.unique_key.empty()) {
    TRY_ASSIGN(const auto there, live_with_key(work, asked.tenant, asked.unique_key));
    if (there) return Added{*there, false};
  }
  Job job;
  job.id = ids_.uuid().to_string();
  job.tenant = asked.tenant;
  job.kind = asked.kind;
  job.subject = asked.subject;
  job.payload = asked.payload;
  job.unique_key = asked.unique_key;
  job.priority = asked.priority;
  job.created_at = clock_.wall();
  job.due_at = std::max(asked.not_before.value_or(job.created_at), job.created_at);
  job.trace_id = asked.trace_id.empty() ? ids_.trace_id().to_string() : asked.trace_id;
  for (const std::string& name : asked.steps) job.steps.push_back({.name = name});
  TRY(insert_job(work, job));
  return Added{job.id, true};
}

void QueueImpl::wake() {
  std::vector<std::shared_ptr<std::function<void()>>> told;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(wakes_, [](const auto& wake) { return wake.expired(); });
    for (const auto& wake : wakes_) told.push_back(wake.lock());
  }
  for (const auto& wake : told) {
    if (wake != nullptr) (*wake)();
  }
}

std::shared_ptr<void> QueueImpl::on_wake(std::function<void()> wake) {
  auto kept = std::make_shared<std::function<void()>>(std::move(wake));
  const std::lock_guard lock(mutex_);
  wakes_.push_back(kept);
  return kept;
}

void QueueImpl::report(const WorkerStatus& status) {
  const std::lock_guard lock(mutex_);
  workers_.insert_or_assign(status.group, status);
}

Result<Job> QueueImpl::find(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  TRY_ASSIGN(Job job, read_job(*db, tenant, id));
  live_.overlay(job);
  return job;
}

Result<Queue::Page> QueueImpl::list(std::string_view tenant, std::optional<State> state,
                                    std::string_view cursor, std::size_t limit) {
  if (!cursor.empty() && !Uuid::parse(cursor)) {
    return fail(Code::invalid_request, "`cursor` must be the `next_cursor` of an earlier page.",
                "cursor");
  }
  const auto db = work_.use();
  TRY_ASSIGN(store::Statement row, list_statement(*db, state));
  row.bind(1, tenant).bind(2, cursor.empty() ? "g" : cursor);  // sorts after every id
  row.bind(3, static_cast<std::int64_t>(limit) + 1);
  if (state) row.bind(4, to_string(*state));
  Page page;
  for (;;) {
    TRY_ASSIGN(const bool more, row.step());
    if (!more) return page;
    if (page.jobs.size() == limit) break;
    Job job = job_from(row);
    TRY(read_steps(*db, job));
    live_.overlay(job);
    page.jobs.push_back(std::move(job));
  }
  if (!page.jobs.empty()) page.next_cursor = page.jobs.back().id;
  return page;
}

}  // namespace maester::jobs
