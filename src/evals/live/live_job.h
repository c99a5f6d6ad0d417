// The handler of job `live_evaluation`: what live rules picked is graded by the same assertions as
// suites, and what they say becomes feedback of the request (source "rule:NAME"): NAME with yes or
// no, NAME/METRIC with a score. Runs on worker threads.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "access/vault.h"
#include "evals/graders.h"
#include "evals/live/live_store.h"
#include "evals/reviews/review.h"
#include "gateway/loopback.h"
#include "jobs/workers.h"
#include "meter/usage_store.h"
#include "prompts/registry.h"
#include "runtime/core.h"
#include "store/journal.h"

namespace maester::evals {

struct LiveParts {
  LiveStore& live;
  ReviewStore& reviews;
  store::LockedDatabase& work;
  meter::UsageStore& usage;
  store::Journal& journal;
  access::Vault& vault;
  gateway::Loopback& loopback;
  const prompts::Registry& prompts;
  runtime::CorePool& cores;
  const Clock& clock;
};

class LiveJob {
 public:
  // All that is in `parts` outlives it.
  explicit LiveJob(LiveParts parts) : parts_(parts), cache_(memory_grade_cache()) {}
  Result<std::string> run(jobs::Run& run);

 private:
  struct Captured;
  struct Outcome;
  Status see_to_all(jobs::Run& run, const std::vector<LiveTask>& tasks);
  Status see_to(jobs::Run& run, const LiveTask& task);
  Result<Captured> captured(const LiveTask& task) const;
  Outcome judge(const LiveTask& task, const LiveRule& rule, const Captured& request);
  Status say(const LiveTask& task, const Outcome& outcome) const;
  Status end(jobs::Run& run, const LiveTask& task, TaskState state, const LiveCounts& counts,
             const Review* review);
  std::mutex& purse(const LiveTask& task);
  LiveParts parts_;
  std::mutex mutex_;                          // guards purses_
  std::map<std::string, std::mutex> purses_;  // of rules with a budget: one grading at a time
  std::unique_ptr<GradeCache> cache_;
};

}  // namespace maester::evals
