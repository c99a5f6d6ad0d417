#include "evals/runs/run_loop.h"

#include <algorithm>

#include "base/thread.h"
#include "evals/runs/case_grade.h"

namespace maester::evals {
namespace {

constexpr std::chrono::milliseconds kLook{200};  // at what nobody tells of
constexpr std::chrono::seconds kTold{30};
constexpr std::size_t kPage = 256;

}  // namespace

RunLoop::RunLoop(const RunServices& services, const Run& run, const Dataset& dataset,
                 const CaseWork& work, Asking& asking, const Limits& limits,
                 const RunStore::Work& before)
    : services_(services),
      run_(run),
      dataset_(dataset),
      work_(work),
      asking_(asking),
      limits_(limits),
      before_(before),
      done_(before.done),
      pace_(limits.concurrency),
      gate_(before.max_cost, before.spent) {}

RunLoop::~RunLoop() {
  stop();
  for (std::thread& one : threads_) one.join();
}

void RunLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asking_.cancel();
  tasks_changed_.notify_all();
}

std::optional<CaseTask> RunLoop::take(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (stopping_) return std::nullopt;
    if (!tasks_.empty() && gate_.may_begin(running_) &&
        pace_.may_begin(running_, services_.clock.mono())) {
      CaseTask task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
      return task;
    }
    // With a time: a pause ends without anybody saying so.
    tasks_changed_.wait_for(lock, std::chrono::milliseconds(50));
  }
}

void RunLoop::put(CaseTask task, CaseOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    switch (outcome.kind) {
      case CaseOutcome::Kind::done:
        if (outcome.result.cost || outcome.result.grading_cost) {
          gate_.paid(outcome.result.cost.value_or(FemtoUsd()) +
                     outcome.result.grading_cost.value_or(FemtoUsd()));
        }
        pace_.answered();
        results_.push_back(std::move(outcome.result));
        break;
      case CaseOutcome::Kind::later:
        pace_.refused(outcome.retry_after, services_.clock.mono());
        ++task.tries;
        tasks_.push_front(std::move(task));
        break;
      case CaseOutcome::Kind::stopped:
        stopping_ = true;
        break;
      case CaseOutcome::Kind::ended:
        stopping_ = true;
        if (!error_) error_ = std::move(outcome.error);
        break;
    }
  }
  tasks_changed_.notify_all();
  results_changed_.notify_one();
}

void RunLoop::thread() {
  name_background_thread("eval");
  std::unique_lock lock(mutex_);
  while (auto task = take(lock)) {
    lock.unlock();
    CaseOutcome outcome = work_.evaluate(*task);
    put(std::move(*task), std::move(outcome));
    lock.lock();
  }
}

// Feeds the next page of cases, those left out that have their result already.
Status RunLoop::refill() {
  {
    const std::lock_guard lock(mutex_);
    if (all_fed_ || tasks_.size() >= kPage) return {};
  }
  DatasetStore::Query query{.version = run_.dataset_version, .after = after_, .limit = kPage};
  if (!limits_.everything) query.state = CaseState::approved;
  TRY_ASSIGN(std::vector<Case> page, services_.datasets.cases(dataset_, query));
  if (page.size() < kPage) all_fed_ = true;
  if (page.empty()) return {};
  after_ = page.back().id;
  TRY_ASSIGN(const auto there, services_.runs.done(run_, page.front().id, page.back().id));
  {
    const std::lock_guard lock(mutex_);
    for (Case& one : page) {
      const auto shared = std::make_shared<const Case>(std::move(one));
      for (std::int64_t repeat = 0; repeat < limits_.repeats; ++repeat) {
        if (!there.contains({shared->id, repeat})) tasks_.push_back({shared, repeat});
      }
    }
  }
  tasks_changed_.notify_all();
  return {};
}

Status RunLoop::store(jobs::Run& job, std::vector<CaseResult> results) {
  if (!results.empty()) {
    TRY(services_.runs.add(run_, results, [&](store::Database& db) { return job.get_on(db); }));
    done_ += static_cast<std::int64_t>(results.size());
    for (const CaseResult& one : results) {
      // A ceiling that cannot be kept is none.
      if (before_.max_cost && !one.cost && !one.cached &&
          one.verdict != CaseResult::Verdict::error && one.failure != "http_error") {
        return fail(Code::unprocessable,
                    "The run has a ceiling and the model has no price: give it one "
                    "(`price` in the configuration, or an import), or run without `max_cost_usd`.");
      }
    }
  }
  return job.progress(std::min(done_, limits_.total), limits_.total);
}

Status RunLoop::work(jobs::Run& job) {
  TRY(refill());
  const auto count = std::min(limits_.concurrency, limits_.total);
  for (std::int64_t i = 0; i < count; ++i) threads_.emplace_back([this] { thread(); });
  MonoTime told_by = MonoTime::max();
  for (;;) {
    std::vector<CaseResult> ready;
    bool idle = false, stopping = false, blocked = false;
    {
      std::unique_lock lock(mutex_);
      if (results_.empty()) results_changed_.wait_for(lock, kLook);
      ready = std::move(results_);
      results_.clear();
      idle = running_ == 0;
      stopping = stopping_;
      blocked = idle && !tasks_.empty() && !gate_.may_begin(0);
    }
    if (Status stored = store(job, std::move(ready)); !stored) {
      stop();
      return stored;
    }
    TRY(refill());
    const std::lock_guard lock(mutex_);
    if (running_ > 0 || !results_.empty()) continue;
    if (stopping || stopping_) {
      if (told_by == MonoTime::max()) told_by = services_.clock.mono() + kTold;
      if (error_) return fail(*error_);
      // The process stops: store() says so as soon as this job is told, too.
      if (services_.clock.mono() < told_by) continue;
      return fail(Code::cancelled, "The run was stopped.");
    }
    if (blocked) {
      ceiling_reached_ = true;
      return fail(Code::budget_exceeded,
                  "The run's ceiling of " + before_.max_cost->to_string() +
                      " USD is reached: " + gate_.spent().to_string() + " USD were spent and " +
                      std::to_string(done_) + " of " + std::to_string(limits_.total) +
                      " answers are there. Retry the run with a higher `max_cost_usd` to go on.");
    }
    if (tasks_.empty() && all_fed_) return {};
  }
}

}  // namespace maester::evals
