// Live rules, what they picked and what they spent, in work.db (docs/formats/reviews.md).
//
// Thread-safe; blocking SQL, never on a core's thread; current() takes a short lock only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "base/clock.h"
#include "base/result.h"
#include "evals/live/rule.h"
#include "jobs/queue.h"
#include "store/locked_database.h"

namespace maester::evals {

using LiveRules = std::map<std::string, std::vector<RulePtr>, std::less<>>;  // by tenant

enum class TaskState : std::uint8_t { waits, done, not_captured, over_budget, not_graded };

struct LiveTask {
  std::string tenant, rule, request_id;
  std::int64_t attempts = 0;
};

// What a rule did, over all days or one.
struct LiveCounts {
  std::int64_t evaluated = 0, passed = 0, failed = 0, errors = 0;
  std::int64_t skipped = 0;  // not captured, over budget
  FemtoUsd cost;             // of grading
};

class LiveStore final : public access::TenantRows {
 public:
  static constexpr std::int64_t kAttempts = 3;  // at grading one request
  static Result<std::unique_ptr<LiveStore>> open(store::LockedDatabase& work, jobs::Queue& queue,
                                                 const Clock& clock);

  // Code::conflict when the name is taken.
  Result<RulePtr> create(LiveRule rule);
  Result<RulePtr> find(std::string_view tenant, std::string_view name) const;  // Code::not_found
  Status remove(std::string_view tenant, std::string_view name);
  std::shared_ptr<const LiveRules> current() const;
  Result<LiveCounts> counts(std::string_view tenant, std::string_view rule);

  // Inside the caller's transaction: a task, once for each rule and request, of the job that will
  // see to it. Call Queue::wake() after the commit.
  Status pick(store::Database& work, const LiveRule& rule, std::string_view request_id);

  Result<std::vector<LiveTask>> waiting(std::string_view job_id, std::size_t limit);
  Result<FemtoUsd> spent_today(std::string_view tenant, std::string_view rule);
  // Inside the caller's transaction: how a task ended, and what it adds to the rule's day. With
  // `waits` it is one attempt further.
  Status end(store::Database& work, const LiveTask& task, TaskState state,
             const LiveCounts& counts);
  // Forgets marks of more than two days ago.
  Status purge();

  Status erase(store::Database& db, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

 private:
  LiveStore(store::LockedDatabase& work, jobs::Queue& queue, const Clock& clock)
      : work_(work), queue_(queue), clock_(clock) {}
  Status load();
  void publish(LiveRules rules);
  store::LockedDatabase& work_;
  jobs::Queue& queue_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards rules_
  std::shared_ptr<const LiveRules> rules_ = std::make_shared<LiveRules>();
  std::mutex write_mutex_;  // of changes to rules
};

}  // namespace maester::evals
