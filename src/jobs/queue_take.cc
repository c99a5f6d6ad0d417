// Whose turn it is. Tenants take turns: the next one, in the order of their names, that has a job
// due and less than its cap running. Within a tenant the higher priority goes first, but for a
// lower one that is older by kAging and more: nothing waits for ever (docs/adr/0135).
#include <array>

#include "codec/json_writer.h"
#include "jobs/queue_impl.h"
#include "jobs/rows.h"
#include "jobs/rules.h"

namespace maester::jobs {

struct QueueImpl::Head {
  std::string tenant, id;
  WallTime rank;  // smaller goes first
};

namespace {

// The next tenant after this one that has waiting jobs; "" behind the last.
Result<std::string> tenant_after(store::Database& db, std::string_view tenant) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT tenant FROM jobs INDEXED BY jobs_waiting"
                        " WHERE state IN ('queued', 'retry_wait') AND tenant > ?1"
                        " ORDER BY tenant LIMIT 1"));
  TRY_ASSIGN(const bool found, row.bind(1, tenant).step());
  return found ? std::string(row.text(0)) : std::string();
}

Result<std::int64_t> running_of(store::Database& db, std::string_view tenant,
                                std::string_view kinds) {
  TRY_ASSIGN(store::Statement row, db.prepare("SELECT count(*) FROM jobs INDEXED BY jobs_running"
                                              " WHERE state = 'running' AND tenant = ?1"
                                              " AND kind IN (SELECT value FROM json_each(?2))"));
  TRY(row.bind(1, tenant).bind(2, kinds).step());
  return row.integer(0);
}

std::string as_json(const std::vector<std::string>& names) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const std::string& name : names) w.value(name);
  w.end_array();
  return out;
}

}  // namespace

Result<std::optional<QueueImpl::Head>> QueueImpl::head_of(store::Database& db,
                                                          std::string_view tenant,
                                                          std::string_view kinds,
                                                          std::optional<WallTime>& next_due) {
  std::optional<Head> best;
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT id, due_at FROM jobs INDEXED BY jobs_waiting"
                        " WHERE state IN ('queued', 'retry_wait') AND tenant = ?1 AND priority = ?2"
                        " AND kind IN (SELECT value FROM json_each(?3))"
                        " ORDER BY due_at, id LIMIT 1"));
  for (const std::int64_t priority : {0, 1, 2}) {
    TRY_ASSIGN(const bool found, row.bind(1, tenant).bind(2, priority).bind(3, kinds).step());
    if (!found) continue;
    Head head{std::string(tenant), std::string(row.text(0)), from_ns(row.integer(1))};
    row.reset();
    if (head.rank > clock_.wall()) {
      next_due = std::min(next_due.value_or(head.rank), head.rank);
      continue;
    }
    head.rank += priority * kAging;
    if (!best || head.rank < best->rank) best = std::move(head);
  }
  return best;
}

Result<Taken> QueueImpl::take(const Claim& claim) {
  Taken taken;
  const std::string kinds = as_json(claim.kinds);
  const auto db = work_.use();
  std::string tenant = last_tenant_;
  for (bool wrapped = false;;) {
    TRY_ASSIGN(std::string next, tenant_after(*db, tenant));
    if (next.empty()) {
      if (wrapped) return taken;
      wrapped = true;
      tenant.clear();
      continue;
    }
    if (wrapped && next > last_tenant_) return taken;  // all had their look
    tenant = std::move(next);
    TRY_ASSIGN(const std::int64_t running, running_of(*db, tenant, kinds));
    if (running >= static_cast<std::int64_t>(claim.per_tenant)) continue;
    TRY_ASSIGN(const auto head, head_of(*db, tenant, kinds, taken.next_due));
    if (!head) continue;
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(taken.lease, lease(*db, *head, claim));
      return {};
    }));
    last_tenant_ = tenant;
    live_.add(taken.lease->live);
    return taken;
  }
}

Result<Lease> QueueImpl::lease(store::Database& db, const Head& head, const Claim& claim) {
  const WallTime now = clock_.wall();
  TRY_ASSIGN(store::Statement held,
             db.prepare("UPDATE jobs SET state = 'running', attempts = attempts + 1,"
                        " epoch = epoch + 1, lease_until = ?3, worker = ?4, updated_at = ?5"
                        " WHERE tenant = ?1 AND id = ?2 RETURNING epoch"));
  held.bind(1, head.tenant).bind(2, head.id).bind(3, to_ns(now + kLease));
  TRY(held.bind(4, claim.worker).bind(5, to_ns(now)).step());
  Lease lease;
  lease.epoch = held.integer(0);
  held.reset();
  TRY_ASSIGN(store::Statement anew,
             db.prepare("UPDATE job_steps SET state = 'queued', done = 0, total = 0,"
                        " error_code = '', error_message = '' WHERE tenant = ?1 AND job_id = ?2"
                        " AND state <> 'succeeded'"));
  TRY(anew.bind(1, head.tenant).bind(2, head.id).run());
  TRY_ASSIGN(lease.job, read_job(db, head.tenant, head.id));
  TRY(read_steps(db, lease.job, &lease.outputs));
  lease.live = std::make_shared<Live>(head.tenant, head.id, lease.epoch, clock_.mono());
  return lease;
}

}  // namespace maester::jobs
