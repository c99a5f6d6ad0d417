// Runs and their results in work.db (docs/formats/evals.md). Thread-safe; blocking SQL, never on a
// core's thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "access/vault.h"
#include "base/clock.h"
#include "base/id.h"
#include "evals/runs/results.h"
#include "jobs/queue.h"
#include "store/locked_database.h"

namespace maester::evals {

class RunStore final : public RunResults, public access::TenantRows {
 public:
  // All that is given outlives the store; `queue` uses the same database.
  static Result<std::unique_ptr<RunStore>> open(store::LockedDatabase& work, jobs::Queue& queue,
                                                access::Vault& vault, const Clock& clock,
                                                Random& random);

  // The run and its job, in one transaction; answers its id. `run`: tenant, name, dataset, version,
  // candidate, reducer, spec, key_id.
  Result<Run> create(Run run, std::int64_t cases, std::optional<FemtoUsd> max_cost);
  // The same within the caller's transaction; wake the queue after it.
  Result<Run> create(store::Database& db, Run run, std::int64_t cases,
                     std::optional<FemtoUsd> max_cost);

  void wake() { queue_.wake(); }

  Result<Run> find(std::string_view tenant, std::string_view id) override;
  Result<Page> list(std::string_view tenant, const Query& query) override;
  Status for_each_case(std::string_view tenant, std::string_view run, bool with_output,
                       const std::function<Status(const CaseResult&)>& visit) override;
  struct ResultQuery {
    std::string after_case{};  // the place after which to go on
    std::int64_t after_repeat = 0;
    std::optional<CaseResult::Verdict> verdict{};
    std::size_t limit = 50;
    bool with_output = true;
  };
  Result<std::vector<CaseResult>> results(std::string_view tenant, std::string_view run,
                                          const ResultQuery& query);

  Result<std::optional<CaseResult>> find_result(std::string_view tenant, std::string_view run,
                                                std::string_view case_id, std::int64_t repeat);

  // ---- the job's side
  struct Work {
    std::int64_t cases = 0, attempt = 1;
    std::optional<FemtoUsd> max_cost;
    FemtoUsd spent;  // by rows that are gone and those that are there, graders included
    std::int64_t done = 0;
    bool unpriced = false;  // some row is: what was spent is not known
  };
  Result<Work> work(const Run& run);
  Status set_running(const Run& run, const std::function<Status(store::Database&)>& fence);
  // Those of (id, repeat) in [first, last] that are there.
  Result<std::set<std::pair<std::string, std::int64_t>>> done(const Run& run,
                                                              std::string_view first,
                                                              std::string_view last);
  // One transaction: the fence, then the rows. One that is there stays as it is.
  Status add(const Run& run, std::span<const CaseResult> results,
             const std::function<Status(store::Database&)>& fence);
  // The end, with the sums of what is there.
  Status finish(const Run& run, RunState state, const std::optional<Error>& error,
                const std::function<Status(store::Database&)>& fence);

  // ---- the user's side
  Result<Run> cancel(std::string_view tenant, std::string_view id);
  // Errors are taken out, and a new job asks for what is missing. Code::conflict while it runs, and
  // when nothing is missing.
  Result<Run> retry(std::string_view tenant, std::string_view id, std::optional<FemtoUsd> max_cost);
  Status remove(std::string_view tenant, std::string_view id);

  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view) override {}

 private:
  RunStore(store::LockedDatabase& work, jobs::Queue& queue, access::Vault& vault,
           const Clock& clock, Random& random)
      : work_(work), queue_(queue), vault_(vault), clock_(clock), ids_(clock, random) {}
  Result<Run> read(store::Database& db, std::string_view tenant, std::string_view id);
  // Of each attempt one: the job of the one before may still be about to end.
  Result<std::string> add_job(store::Database& db, const Run& run, std::int64_t attempt);
  Result<RunSummary> sum_up(store::Database& db, const Run& run);
  store::LockedDatabase& work_;
  jobs::Queue& queue_;
  access::Vault& vault_;
  const Clock& clock_;
  IdGenerator ids_;  // used under the database's lock
};

}  // namespace maester::evals
