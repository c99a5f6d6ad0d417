// The cases of one run, asked by several threads at the pace that the data plane allows and within
// the run's ceiling; results are written in groups by the job's own thread. Inside of evals/runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "evals/runs/case_work.h"
#include "evals/runs/pace.h"

namespace maester::evals {

class RunLoop {
 public:
  struct Limits {
    std::int64_t concurrency = 4, repeats = 1;
    bool everything = false;
    std::int64_t total = 0;  // cases x repeats
  };
  // All outlive it.
  RunLoop(const RunServices& services, const Run& run, const Dataset& dataset, const CaseWork& work,
          Asking& asking, const Limits& limits, const RunStore::Work& before);
  ~RunLoop();

  // To the end of the cases, or to the first reason to stop. On the job's thread. Fails with
  // Code::cancelled when the job was told to stop, budget_exceeded for the run's ceiling
  // (`ceiling_reached()`) or a budget of the caller's, or what storing failed with.
  Status work(jobs::Run& job);
  bool ceiling_reached() const { return ceiling_reached_; }

 private:
  void thread();
  std::optional<CaseTask> take(std::unique_lock<std::mutex>& lock);
  void put(CaseTask task, CaseOutcome outcome);
  Status refill();
  Status store(jobs::Run& job, std::vector<CaseResult> results);
  bool over() const;
  void stop();

  const RunServices& services_;
  const Run& run_;
  const Dataset& dataset_;
  const CaseWork& work_;
  Asking& asking_;
  const Limits limits_;
  const RunStore::Work before_;
  // ---- of the job's thread
  std::string after_;  // the last case that was fed
  bool all_fed_ = false;
  std::int64_t done_;
  bool ceiling_reached_ = false;
  // ---- of all, under the lock
  mutable std::mutex mutex_;
  std::condition_variable tasks_changed_, results_changed_;
  std::deque<CaseTask> tasks_;
  std::vector<CaseResult> results_;
  std::int64_t running_ = 0;
  bool stopping_ = false;
  std::optional<Error> error_;
  Pace pace_;
  CostGate gate_;
  std::vector<std::thread> threads_;
};

}  // namespace maester::evals
