// The projection: reads the journal in the background and keeps what is asked for in usage.db.
// Everything in it can be made again from the journal: delete the file and the next start does.
// Receipts stay in the journal; the database has places.
//
//   start:  open() -> recover() -> start();   GET: co_await caught_up(...), then query in a
//   WorkerPool;   end: stop().
//
// A batch of records and the positions they were read up to go into one transaction, so that each
// record counts once whatever is killed when. Money is summed here in 128 bits, never in SQL.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "meter/label_answers.h"
#include "meter/records.h"
#include "meter/request_observer.h"
#include "meter/usage.h"
#include "runtime/task.h"
#include "store/journal.h"

namespace maester::meter {

enum class GroupBy : std::uint8_t { tenant, key, route, model, provider, prompt, day };
std::optional<GroupBy> parse_group_by(std::string_view name);
std::string_view to_string(GroupBy group);

struct UsageSums {
  std::int64_t requests = 0;     // sent to a provider, interrupted ones included
  std::int64_t interrupted = 0;  // of these
  std::int64_t unpriced = 0;     // attempts without a known price: not in `cost`
  // Of the requests, those whose task succeeded: the newest yes or no that was said of it; without
  // one, that it was answered and passed its checks.
  std::int64_t successes = 0;
  Usage usage;  // buckets summed; provenance = the weakest of all
  FemtoUsd cost;
  void add(const UsageSums& other);
};
// What was said of requests under one name (feedback, live rules): numbers, and yes as 1, no as 0.
struct ScoreSums {
  std::int64_t count = 0, passes = 0;  // passes: yes, or a number of 0.5 at least
  std::int64_t sum = 0;                // in millionths
  void add(const ScoreSums& other);
};
using Scores = std::map<std::string, ScoreSums, std::less<>>;
struct UsageRow {
  std::vector<std::string>
      group;  // a value for each GroupBy that was asked for, in that order; prompt = "name@version"
  UsageSums sums;
  Scores scores;
};
struct UsageQuery {
  std::vector<GroupBy> group_by;
  std::string from_day, to_day;  // "2026-11-20", both included; "" = open
};
struct UsageAnswer {
  std::vector<UsageRow> rows;  // sorted by group
  UsageSums total;
  Scores scores;  // of all
};

// A request that has ended.
struct RequestRow {
  std::string tenant;
  std::string request_id;
  WallTime at{};
  Dimensions dimensions;
  Outcome outcome = Outcome::settled;
  bool dispatched = false;
  std::int64_t status = 0;
  std::int64_t input_tokens = 0, output_tokens = 0;  // all attempts
  std::optional<FemtoUsd> cost;                      // all attempts, corrections included
  std::int64_t duration_ms = 0;                      // of the last attempt
  std::optional<bool> verdict;                       // of its own checks; absent = it had none
  std::optional<std::int64_t> score;                 // their mean, in millionths
  bool success = false;                              // as UsageSums::successes says
  store::Location settlement;                        // of the record with the receipt
  std::optional<store::Location> capture;
};
struct RequestQuery {
  std::size_t limit = 50;
  std::string before;  // a request id: the cursor, newest first
  std::optional<Outcome> outcome;
  std::string model, key_id;  // "" = any
};

// What corrections (meter/records.h) changed of one attempt, added up.
struct CorrectionRow {
  std::int64_t attempt = 0;
  FemtoUsd delta;
  std::int64_t priced = 0;    // 1: the settlement had no cost
  std::string price_version;  // of the newest one read
};

// CONTRACT §5, GET /v1/metrics/reliability: over requests with a request budget.
struct ReliabilityCounts {
  std::int64_t requests = 0;
  std::int64_t executed = 0;  // sent to a provider
  std::int64_t blocked = 0;   // by the budget
  std::int64_t downgraded = 0;
  FemtoUsd estimated, actual;
  std::int64_t compared =
      0;  // executed, with an estimate and an actual cost: the next three are over these
  FemtoUsd compared_estimated, compared_actual, absolute_delta;
  std::int64_t allowed() const { return requests - blocked; }
  void add(const ReliabilityCounts& other);
};
struct ReliabilityRow {
  std::string scope;  // scope key, or
  std::string model;  // effective model: the one that was sent, or would have been
  ReliabilityCounts counts;
};
struct ReliabilityAnswer {
  ReliabilityCounts total;
  std::vector<ReliabilityRow> models, scopes;  // sorted by name
};

struct ScopeTotal {
  std::string tenant, scope;
  std::int64_t request_count = 0;
  FemtoUsd settled;
};

// What a budget's newest window that anything was spent in has spent.
struct BudgetTotal {
  std::string tenant;
  BudgetCharge charge;
  FemtoUsd settled;
};

// Says aloud that a query goes over all tenants: only for an admin of tenant `default`.
struct EveryTenant {
  explicit EveryTenant() = default;
};

class UsageDatabase;

// Reads, bound to one tenant (or, said aloud, to all). Blocking: to be used in a WorkerPool. Cheap
// to make and to copy; must not outlive its UsageStore.
class UsageReader {
 public:
  Result<UsageAnswer> usage(const UsageQuery& query) const;
  Result<std::vector<RequestRow>> requests(const RequestQuery& query) const;
  // Code::not_found for an unknown id, and for another tenant's.
  Result<RequestRow> find(std::string_view request_id) const;
  // Of a request, by attempt; none for most.
  Result<std::vector<CorrectionRow>> corrections(std::string_view tenant,
                                                 std::string_view request_id) const;
  // What was said of a request afterwards, oldest first.
  Result<std::vector<Feedback>> feedback(std::string_view tenant,
                                         std::string_view request_id) const;
  Result<ReliabilityAnswer> reliability() const;
  // Of the reader's tenant; nothing for a reader of all tenants.
  Result<LabelAnswers> label_answers(const LabelQuery& query) const;

 private:
  friend class UsageStore;
  UsageReader(UsageDatabase& database, std::optional<std::string> tenant)
      : database_(&database), tenant_(std::move(tenant)) {}
  UsageDatabase* database_;
  std::optional<std::string> tenant_;
};

class UsageStore {
 public:
  struct Options {
    std::string path;                     // of usage.db
    std::size_t batch_records = 4096;     // in one transaction
    milliseconds interval{100};           // between looks at the journal, when nobody wakes it
    const Clock* clock = nullptr;         // null: the system's
    RequestObserver* observer = nullptr;  // null: nobody; outlives the store
  };
  struct Recovery {
    std::uint64_t replayed = 0;     // records that were not projected yet
    std::uint64_t interrupted = 0;  // attempts that had no settlement
    FemtoUsd charged;               // for these
  };
  // `journal` must outlive the store. A damaged database is set aside (renamed) and made again.
  static Result<std::unique_ptr<UsageStore>> open(store::Journal& journal, Options options);
  virtual ~UsageStore() = default;

  // Projects what is not projected yet, then settles what no process will settle any more: each
  // attempt with an intent and no settlement becomes `interrupted`, charged at its reservation.
  // Killed in the middle it can be run again: an attempt is settled once. REQUIRES: before start(),
  // and before the first append of this process.
  virtual Result<Recovery> recover() = 0;

  virtual void start() = 0;  // the background thread
  virtual void stop() = 0;   // projects what is written, then ends it
  virtual void wake() = 0;   // thread-safe
  // Projects one batch on the calling thread; answers the number of records. REQUIRES: not started.
  virtual Result<std::size_t> project_batch() = 0;

  // Calls `then` once everything up to `positions` is visible to readers; from the projection's
  // thread, or at once. It must be short. Fails with Code::io_error when the projection has
  // stopped.
  virtual void catch_up(store::Positions positions, std::function<void(Status)> then) = 0;
  virtual store::Positions projected() const = 0;

  virtual UsageReader tenant(std::string tenant) = 0;
  virtual UsageReader all_tenants(EveryTenant) = 0;
  // What the ledger starts with.
  virtual Result<std::vector<ScopeTotal>> scope_totals() = 0;
  virtual Result<std::vector<BudgetTotal>> budget_totals() = 0;

 protected:
  static UsageReader make_reader(UsageDatabase& database, std::optional<std::string> tenant);
};

// Suspends until all that the journal had acknowledged at the call is visible.
runtime::Task<Status> caught_up(UsageStore& usage, const store::Journal& journal);

}  // namespace maester::meter
