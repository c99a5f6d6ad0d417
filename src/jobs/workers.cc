#include "jobs/workers.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "base/thread.h"
#include "jobs/attempt.h"
#include "jobs/rules.h"
#include "jobs/timekeeper.h"

namespace maester::jobs {
namespace {

// A clock that is set forward, and a wake that is missed, cost no more than this.
constexpr std::chrono::seconds kLongestWait{5};

class ThreadWorkers final : public Workers {
 public:
  ThreadWorkers(Queue& queue, const Clock& clock, Random& random, obs::Log& log,
                obs::Registry& metrics, telemetry::SpanStore& spans, const WorkerSettings& settings)
      : leases_(queue.leases()),
        clock_(clock),
        settings_(settings),
        report_(clock, random, log, metrics, spans),
        timekeeper_(queue, clock, report_, [this](const Job& job) { abandon(job); }) {
    claim_.per_tenant = settings.per_tenant;
    claim_.worker = std::to_string(::getpid());
    wake_ = leases_.on_wake([this] { look_again(); });
  }
  ~ThreadWorkers() override { stop(); }

  void handle(std::string kind, Handler handler) override {
    claim_.kinds.push_back(kind);
    handlers_.insert_or_assign(std::move(kind), std::move(handler));
  }

  void start() override {
    const std::lock_guard lock(mutex_);
    started_ = true;
    for (std::size_t i = 0; i < settings_.threads; ++i) add_thread();
    if (settings_.threads > 0) timekeeper_.start();
    tell();
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      if (!started_) return;
      stopping_ = true;
    }
    changed_.notify_all();
    // No thread is added any more: only the timekeeper does.
    timekeeper_.stop();
    for (Slot& slot : slots_) slot.thread.join();
    const std::lock_guard lock(mutex_);
    slots_.clear();
    started_ = stopping_ = false;
    tell();
  }

  void pause(bool paused) override {
    {
      const std::lock_guard lock(mutex_);
      if (paused_ == paused) return;
      paused_ = paused;
      tell();
    }
    look_again();
  }

  Result<bool> empty() override {
    {
      const std::lock_guard lock(mutex_);
      if (busy_ > 0) return false;
    }
    TRY_ASSIGN(const std::vector<Gauge> left, leases_.gauges());
    return std::none_of(left.begin(), left.end(),
                        [&](const Gauge& gauge) { return handlers_.contains(gauge.kind); });
  }

 private:
  struct Slot {
    std::thread thread;
    std::shared_ptr<Live> live;  // of the job that it runs
    bool abandoned = false;      // another thread stands in for it: ends with its job
  };

  // REQUIRES: mutex_
  void add_thread() {
    Slot& slot = slots_.emplace_back();
    slot.thread = std::thread([this, &slot] { loop(slot); });
  }

  // REQUIRES: mutex_
  void tell() {
    const WorkerStatus status{.group = settings_.group,
                              .started = started_ && !stopping_,
                              .paused = paused_,
                              .threads = started_ ? settings_.threads : 0,
                              .busy = busy_,
                              .per_tenant = settings_.per_tenant,
                              .kinds = claim_.kinds};
    leases_.report(status);
    report_.workers(status);
  }

  void look_again() {
    {
      const std::lock_guard lock(mutex_);
      ++looks_;
    }
    changed_.notify_all();
  }

  // A job was taken from a handler that is stuck: its thread is lost for others until it returns.
  void abandon(const Job& job) {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) {
      if (slot.abandoned || slot.live == nullptr || !slot.live->revoked()) continue;
      if (slot.live->id() != job.id) continue;
      slot.abandoned = true;
      --busy_;
      if (!stopping_) add_thread();
      tell();
      return;
    }
  }

  void loop(Slot& slot) {
    name_background_thread("job worker");
    std::unique_lock lock(mutex_);
    while (!stopping_ && !slot.abandoned) {
      const std::uint64_t seen = looks_;
      std::chrono::nanoseconds wait = kLongestWait;
      if (!paused_) {
        lock.unlock();
        const bool ran = work_once(slot, wait);
        lock.lock();
        if (ran) continue;
      }
      changed_.wait_for(lock, wait, [&] { return stopping_ || looks_ != seen; });
    }
  }

  // Takes a job and runs it. False when there was none: `wait` is how long to.
  bool work_once(Slot& slot, std::chrono::nanoseconds& wait) {
    Result<Taken> taken = leases_.take(claim_);
    if (!taken) {
      report_.trouble("take", taken.error());
      wait = std::chrono::seconds{1};
      return false;
    }
    if (!taken->lease) {
      if (taken->next_due) {
        wait = std::clamp<std::chrono::nanoseconds>(*taken->next_due - clock_.wall(),
                                                    milliseconds{1}, kLongestWait);
      }
      return false;
    }
    {
      const std::lock_guard lock(mutex_);
      slot.live = taken->lease->live;
      ++busy_;
      tell();
    }
    run(*taken->lease);
    {
      const std::lock_guard lock(mutex_);
      slot.live.reset();
      if (!slot.abandoned) --busy_;
      tell();
    }
    look_again();  // its tenant has a place free
    return true;
  }

  void run(Lease& lease) {
    Report::Attempt told(report_, lease.job);
    AttemptRun attempt(lease, leases_, clock_, told, stopping_);
    const auto handler = handlers_.find(lease.job.kind);
    Result<std::string> outcome = guarded([&] { return handler->second(attempt); });
    const bool cancelled = !outcome && outcome.error().code == Code::cancelled;
    const bool released = cancelled && stopping_ && !lease.live->revoked();
    if (cancelled && !released && !lease.live->revoked()) {
      outcome = fail(Code::internal, "Its handler ended as if it had been told to.");
    }
    const Result<Job> after = released ? leases_.release(lease) : leases_.finish(lease, outcome);
    const bool lost = !after && after.error().code == Code::cancelled;
    if (!after && !lost) report_.trouble("finish", after.error());
    const Error* error = outcome || released ? nullptr : &outcome.error();
    told.end(after ? &*after : nullptr, error);
  }

  Leases& leases_;
  const Clock& clock_;
  const WorkerSettings settings_;
  Report report_;
  Claim claim_;
  std::map<std::string, Handler, std::less<>> handlers_;
  Timekeeper timekeeper_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Slot> slots_;
  std::uint64_t looks_ = 0;
  std::size_t busy_ = 0;
  bool started_ = false, paused_ = false;
  std::atomic<bool> stopping_{false};  // written under mutex_
  std::shared_ptr<void> wake_;
};

}  // namespace

std::unique_ptr<Workers> Workers::make(Queue& queue, store::LockedDatabase&, const Clock& clock,
                                       Random& random, obs::Log& log, obs::Registry& metrics,
                                       telemetry::SpanStore& spans,
                                       const WorkerSettings& settings) {
  return std::make_unique<ThreadWorkers>(queue, clock, random, log, metrics, spans, settings);
}

}  // namespace maester::jobs
