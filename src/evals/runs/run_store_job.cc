// A run's life: what its job writes, and what people do to it.
#include "evals/runs/run_rows.h"
#include "evals/runs/run_spec.h"
#include "evals/runs/run_store.h"

namespace maester::evals {
namespace {

bool ended(RunState state) {
  return state != RunState::queued && state != RunState::running;
}

Result<FemtoUsd> total(store::Database& db, const Run& run, const char* sql) {
  TRY_ASSIGN(auto select, db.prepare(sql));
  select.bind(1, run.tenant).bind(2, run.id);
  FemtoUsd sum;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return sum;
    for (const int column : {0, 1}) {
      if (!select.is_null(column)) sum += select.money(column);
    }
  }
}

Status on_run(store::Database& db, const char* sql, const Run& run) {
  TRY_ASSIGN(auto statement, db.prepare(sql));
  statement.bind(1, run.tenant).bind(2, run.id);
  return statement.run();
}

}  // namespace

Result<RunStore::Work> RunStore::work(const Run& run) {
  const auto db = work_.use();
  Work out;
  {
    TRY_ASSIGN(auto select,
               db->prepare("SELECT cases, attempt, max_cost, spent FROM eval_runs WHERE "
                           "tenant = ?1 AND id = ?2"));
    select.bind(1, run.tenant).bind(2, run.id);
    TRY_ASSIGN(const bool found, select.step());
    if (!found) return fail(Code::not_found, "The run is gone.", "run");
    out.cases = select.integer(0);
    out.attempt = select.integer(1);
    if (!select.is_null(2)) out.max_cost = select.money(2);
    out.spent = select.money(3);
  }
  TRY_ASSIGN(auto count,
             db->prepare("SELECT count(*), sum(cost IS NULL AND cached = 0 AND verdict < 2) FROM "
                         "eval_results WHERE tenant = ?1 AND run = ?2"));
  count.bind(1, run.tenant).bind(2, run.id);
  TRY(count.step());
  out.done = count.integer(0);
  out.unpriced = !count.is_null(1) && count.integer(1) > 0;
  TRY_ASSIGN(const FemtoUsd there,
             total(*db, run,
                   "SELECT cost, grading_cost FROM eval_results WHERE tenant = ?1 AND run = ?2"));
  out.spent += there;
  return out;
}

Status RunStore::set_running(const Run& run, const std::function<Status(store::Database&)>& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    return on_run(*db, "UPDATE eval_runs SET state = 'running' WHERE tenant = ?1 AND id = ?2", run);
  });
}

Result<std::set<std::pair<std::string, std::int64_t>>> RunStore::done(const Run& run,
                                                                      std::string_view first,
                                                                      std::string_view last) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT case_id, repeat FROM eval_results WHERE tenant = ?1 AND run = ?2 "
                         "AND case_id BETWEEN ?3 AND ?4"));
  select.bind(1, run.tenant).bind(2, run.id).bind(3, first).bind(4, last);
  std::set<std::pair<std::string, std::int64_t>> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    out.emplace(std::string(select.text(0)), select.integer(1));
  }
}

Status RunStore::add(const Run& run, std::span<const CaseResult> results,
                     const std::function<Status(store::Database&)>& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    TRY_ASSIGN(
        auto insert,
        db->prepare("INSERT OR IGNORE INTO eval_results (tenant, run, " MAESTER_RESULT_COLUMNS
                    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                    "?15, ?16, ?17, ?18)"));
    for (const CaseResult& one : results) {
      insert.bind(1, run.tenant).bind(2, run.id);
      TRY(rows::bind_result(insert, 3, one, run.tenant, run.id, vault_));
      TRY(insert.run());
    }
    return {};
  });
}

Status RunStore::finish(const Run& run, RunState state, const std::optional<Error>& error,
                        const std::function<Status(store::Database&)>& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    TRY_ASSIGN(const RunSummary summary, sum_up(*db, run));
    TRY_ASSIGN(
        auto update,
        db->prepare("UPDATE eval_runs SET state = ?3, summary = ?4, ended_at = ?5, error_code "
                    "= ?6, error_message = ?7 WHERE tenant = ?1 AND id = ?2"));
    update.bind(1, run.tenant).bind(2, run.id).bind(3, to_string(state));
    update.bind(4, rows::summary_json(summary));
    update.bind(5, clock_.wall().time_since_epoch().count());
    update.bind(6, error ? to_string(error->code) : std::string_view());
    update.bind(7, error ? std::string_view(error->message) : std::string_view());
    return update.run();
  });
}

Result<Run> RunStore::cancel(std::string_view tenant, std::string_view id) {
  Run run;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(run, read(*db, tenant, id));
      if (ended(run.state)) {
        return fail(Code::conflict,
                    "The run has ended: it is " + std::string(to_string(run.state)) + ".");
      }
      TRY(queue_.cancel(*db, tenant, run.job_id));
      TRY_ASSIGN(const RunSummary summary, sum_up(*db, run));
      TRY_ASSIGN(
          auto update,
          db->prepare("UPDATE eval_runs SET state = 'cancelled', summary = ?3, ended_at = ?4 "
                      "WHERE tenant = ?1 AND id = ?2"));
      update.bind(1, tenant).bind(2, id).bind(3, rows::summary_json(summary));
      update.bind(4, clock_.wall().time_since_epoch().count());
      TRY(update.run());
      TRY_ASSIGN(run, read(*db, tenant, id));
      return {};
    }));
  }
  queue_.wake();
  return run;
}

Result<Run> RunStore::retry(std::string_view tenant, std::string_view id,
                            std::optional<FemtoUsd> max_cost) {
  Run run;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(run, read(*db, tenant, id));
      if (!ended(run.state))
        return fail(Code::conflict, "The run has not ended: cancel it, or wait for its end.");
      TRY_ASSIGN(const FemtoUsd gone,
                 total(*db, run,
                       "SELECT cost, grading_cost FROM eval_results WHERE tenant = ?1 AND run = ?2 "
                       "AND verdict = 2"));
      TRY(on_run(*db, "DELETE FROM eval_results WHERE tenant = ?1 AND run = ?2 AND verdict = 2",
                 run));
      const bool errors = db->changes() > 0;
      if (!errors && run.state == RunState::succeeded)
        return fail(Code::conflict, "Nothing in this run is an error: there is nothing to retry.");
      TRY_ASSIGN(auto spent,
                 db->prepare("SELECT spent, attempt FROM eval_runs WHERE tenant = ?1 AND id = ?2"));
      spent.bind(1, tenant).bind(2, id);
      TRY(spent.step());
      const FemtoUsd before = spent.money(0);
      const std::int64_t attempt = spent.integer(1) + 1;
      spent.reset();
      TRY_ASSIGN(run.job_id, add_job(*db, run, attempt));
      TRY_ASSIGN(
          auto update,
          db->prepare("UPDATE eval_runs SET state = 'queued', summary = '', ended_at = 0, "
                      "error_code = '', error_message = '', attempt = ?6, job = ?3, spent = ?4, "
                      "max_cost = coalesce(?5, max_cost) WHERE tenant = ?1 AND id = ?2"));
      update.bind(1, tenant).bind(2, id).bind(3, run.job_id).bind(4, before + gone);
      max_cost ? update.bind(5, *max_cost) : update.bind_null(5);
      update.bind(6, attempt);
      TRY(update.run());
      TRY_ASSIGN(run, read(*db, tenant, id));
      return {};
    }));
  }
  queue_.wake();
  return run;
}

Status RunStore::remove(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(const Run run, read(*db, tenant, id));
    if (!ended(run.state)) return fail(Code::conflict, "The run has not ended: cancel it first.");
    TRY(on_run(*db, "DELETE FROM eval_results WHERE tenant = ?1 AND run = ?2", run));
    return on_run(*db, "DELETE FROM eval_runs WHERE tenant = ?1 AND id = ?2", run);
  });
}

}  // namespace maester::evals
