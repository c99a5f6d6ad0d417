#include "evals/runs/run_store.h"

#include "codec/json_writer.h"
#include "evals/runs/run_rows.h"
#include "evals/runs/run_schema.h"
#include "evals/runs/run_spec.h"

namespace maester::evals {
namespace {

constexpr std::size_t kPage = 500;

std::unexpected<Error> no_run(std::string_view id) {
  return fail(Code::not_found, "There is no evaluation run `" + std::string(id) + "`.", "run");
}

bool has(const Run& run, const RunResults::Query& query) {
  for (const auto& [name, value] : query.candidate) {
    const auto found = run.candidate.find(name);
    if (found == run.candidate.end() || found->second != value) return false;
  }
  return !query.state || run.state == *query.state;
}

}  // namespace

Result<std::unique_ptr<RunStore>> RunStore::open(store::LockedDatabase& work, jobs::Queue& queue,
                                                 access::Vault& vault, const Clock& clock,
                                                 Random& random) {
  TRY(migrate_runs(*work.use()));
  return std::unique_ptr<RunStore>(new RunStore(work, queue, vault, clock, random));
}

Result<std::string> RunStore::add_job(store::Database& db, const Run& run, std::int64_t attempt) {
  jobs::NewJob job{.tenant = run.tenant,
                   .kind = "eval_run",
                   .subject = run.dataset + "@" + std::to_string(run.dataset_version),
                   .unique_key = "eval_run:" + run.id + ":" + std::to_string(attempt),
                   .steps = {"evaluate"}};
  json::Writer(job.payload).begin_object().field("run", run.id).end_object();
  TRY_ASSIGN(const jobs::Queue::Added added, queue_.add(db, job));
  return added.id;
}

Result<Run> RunStore::create(store::Database& db, Run run, std::int64_t cases,
                             std::optional<FemtoUsd> max_cost) {
  run.id = ids_.uuid().to_string();
  run.created_at = clock_.wall();
  run.cases = cases;
  TRY_ASSIGN(run.job_id, add_job(db, run, 1));
  TRY_ASSIGN(const std::string sealed, vault_.seal(rows::spec_place(run.tenant, run.id), run.spec));
  TRY_ASSIGN(
      auto insert,
      db.prepare("INSERT INTO eval_runs (tenant, id, name, dataset, dataset_version, "
                 "candidate, state, reducer, cases, spec, summary, spent, attempt, max_cost, "
                 "job, key_id, created_at, ended_at, error_code, error_message) VALUES (?1, "
                 "?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?8, ?9, '', ?10, 1, ?11, ?12, ?13, ?14, "
                 "0, '', '')"));
  insert.bind(1, run.tenant).bind(2, run.id).bind(3, run.name).bind(4, run.dataset);
  insert.bind(5, run.dataset_version).bind(6, rows::candidate_json(run.candidate));
  insert.bind(7, to_string(run.reducer)).bind(8, cases).bind_blob(9, sealed);
  insert.bind(10, FemtoUsd{});
  max_cost ? insert.bind(11, *max_cost) : insert.bind_null(11);
  insert.bind(12, run.job_id).bind(13, run.key_id);
  insert.bind(14, run.created_at.time_since_epoch().count());
  TRY(insert.run());
  return run;
}

Result<Run> RunStore::create(Run run, std::int64_t cases, std::optional<FemtoUsd> max_cost) {
  Run made;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(made, create(*db, std::move(run), cases, max_cost));
      return {};
    }));
  }
  queue_.wake();
  return made;
}

Result<Run> RunStore::read(store::Database& db, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(auto select, db.prepare(MAESTER_SELECT_RUN " WHERE r.tenant = ?1 AND r.id = ?2"));
  select.bind(1, tenant).bind(2, id);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return no_run(id);
  return rows::run(select, tenant, vault_);
}

Result<Run> RunStore::find(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  return read(*db, tenant, id);
}

Result<RunResults::Page> RunStore::list(std::string_view tenant, const Query& query) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare(MAESTER_SELECT_RUN
                         " WHERE r.tenant = ?1 AND (?2 = '' OR r.dataset = ?2) AND (?3 = '' OR "
                         "r.id < ?3) ORDER BY r.id DESC"));
  select.bind(1, tenant).bind(2, query.dataset).bind(3, query.cursor);
  Page page;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return page;
    TRY_ASSIGN(Run one, rows::run(select, tenant, vault_));
    if (!has(one, query)) continue;
    if (page.runs.size() == query.limit) {
      page.next_cursor = page.runs.back().id;
      return page;
    }
    page.runs.push_back(std::move(one));
  }
}

Result<std::vector<CaseResult>> RunStore::results(std::string_view tenant, std::string_view run,
                                                  const ResultQuery& query) {
  const auto db = work_.use();
  TRY_ASSIGN(
      auto select,
      db->prepare("SELECT " MAESTER_RESULT_COLUMNS
                  " FROM eval_results WHERE tenant = ?1 AND run = ?2 AND (case_id, repeat) > "
                  "(?3, ?4) AND (?5 < 0 OR verdict = ?5) ORDER BY case_id, repeat LIMIT ?6"));
  select.bind(1, tenant).bind(2, run).bind(3, query.after_case).bind(4, query.after_repeat);
  select.bind(5, query.verdict ? static_cast<std::int64_t>(*query.verdict) : std::int64_t{-1});
  select.bind(6, static_cast<std::int64_t>(query.limit));
  std::vector<CaseResult> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(out.emplace_back(), rows::result(select, tenant, run, query.with_output, vault_));
  }
}

Result<std::optional<CaseResult>> RunStore::find_result(std::string_view tenant,
                                                        std::string_view run,
                                                        std::string_view case_id,
                                                        std::int64_t repeat) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_RESULT_COLUMNS
                                      " FROM eval_results WHERE tenant = ?1 AND run = ?2 AND "
                                      "case_id = ?3 AND repeat = ?4"));
  select.bind(1, tenant).bind(2, run).bind(3, case_id).bind(4, repeat);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return std::nullopt;
  TRY_ASSIGN(CaseResult one, rows::result(select, tenant, run, true, vault_));
  return one;
}

Status RunStore::for_each_case(std::string_view tenant, std::string_view run, bool with_output,
                               const std::function<Status(const CaseResult&)>& visit) {
  TRY(find(tenant, run));
  ResultQuery query{.after_case = {},
                    .after_repeat = 0,
                    .verdict = {},
                    .limit = kPage,
                    .with_output = with_output};
  for (;;) {
    TRY_ASSIGN(const std::vector<CaseResult> page, results(tenant, run, query));
    for (const CaseResult& one : page) TRY(visit(one));
    if (page.size() < kPage) return {};
    query.after_case = page.back().case_id;
    query.after_repeat = page.back().repeat;
  }
}

Status RunStore::erase(store::Database& work, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM eval_results WHERE tenant = ?1", "DELETE FROM eval_runs WHERE tenant = ?1",
        "DELETE FROM eval_replays WHERE tenant = ?1"}) {
    TRY_ASSIGN(auto remove, work.prepare(sql));
    remove.bind(1, tenant);
    TRY(remove.run());
  }
  return {};
}

}  // namespace maester::evals
