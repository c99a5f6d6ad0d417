#include "jobs/timekeeper.h"

#include "base/thread.h"
#include "jobs/lease.h"
#include "jobs/rules.h"
#include "jobs/schedules.h"

namespace maester::jobs {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kMeasure{5};
constexpr std::chrono::hours kPurge{1};

}  // namespace

Timekeeper::Timekeeper(Queue& queue, const Clock& clock, Report& report,
                       std::function<void(const Job&)> taken)
    : queue_(queue), clock_(clock), report_(report), taken_(std::move(taken)) {}

Timekeeper::~Timekeeper() {
  stop();
}

void Timekeeper::start() {
  stopping_ = false;
  thread_ = std::thread([this] { loop(); });
}

void Timekeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Timekeeper::loop() {
  name_background_thread("job keeper");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    tick();
    lock.lock();
    wakes_.wait_for(lock, kTick, [this] { return stopping_; });
  }
}

bool Timekeeper::due(MonoTime& last, nanoseconds every) {
  const MonoTime now = clock_.mono();
  if (last != MonoTime{} && now - last < every) return false;
  last = now;
  return true;
}

void Timekeeper::tick() {
  if (Status kept = queue_.leases().keep(due(beat_, kBeat)); !kept) {
    report_.trouble("keep", kept.error());
  }
  reap();
  fire();
  if (due(purged_, kPurge)) purge();
  if (!due(measured_, kMeasure)) return;
  if (const auto gauges = queue_.leases().gauges()) report_.gauges(*gauges);
}

void Timekeeper::reap() {
  const auto back = queue_.leases().reap();
  if (!back) return report_.trouble("reap", back.error());
  for (const Job& job : *back) {
    report_.took_back(job);
    taken_(job);
  }
  if (!back->empty()) queue_.wake();
}

void Timekeeper::fire() {
  const auto fired = queue_.schedules().fire();
  if (!fired) return report_.trouble("fire", fired.error());
  for (const Schedules::Fired& one : *fired) {
    report_.fired(one.schedule.tenant, one.schedule.name, one.schedule.last_job, one.added);
  }
}

void Timekeeper::purge() {
  std::int64_t all = 0;
  for (;;) {
    const auto gone = queue_.leases().purge();
    if (!gone) return report_.trouble("purge", gone.error());
    all += *gone;
    if (*gone < kPurgedAtOnce) break;
  }
  report_.purged(all);
}

}  // namespace maester::jobs
