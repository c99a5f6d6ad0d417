#include "app/overload_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/thread.h"

namespace maester::app {
namespace {

constexpr milliseconds kEvery{250};
constexpr std::int64_t kScarcePercent = 80;  // RULES.md §9: from here on caches shrink, jobs pause

// The first whole number of a file; 0 when there is none ("max").
std::int64_t number_in(const char* path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? value : 0;
}

}  // namespace

std::int64_t memory_limit(std::int64_t configured_mb) {
  if (configured_mb > 0) return configured_mb << 20;
  const std::int64_t machine =
      std::int64_t{::sysconf(_SC_PHYS_PAGES)} * std::int64_t{::sysconf(_SC_PAGESIZE)};
  const std::int64_t group = number_in("/sys/fs/cgroup/memory.max");
  return group > 0 ? std::min(group, machine) : machine;
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * std::int64_t{::sysconf(_SC_PAGESIZE)};
}

OverloadWatch::OverloadWatch(runtime::CorePool& cores, gateway::OverloadControl& control,
                             gateway::ConcurrencyLimiter& concurrency, obs::Log& log,
                             std::int64_t memory_limit, std::function<void(bool)> scarce)
    : control_(control),
      concurrency_(concurrency),
      log_(log),
      memory_limit_(memory_limit),
      scarce_(std::move(scarce)) {
  for (std::size_t i = 0; i < cores.size(); ++i) {
    lags_.push_back(std::make_unique<runtime::LoopLag>(cores.at(i)));
  }
}

OverloadWatch::~OverloadWatch() {
  stop();
}

void OverloadWatch::start() {
  thread_ = std::thread([this] { loop(); });
}

void OverloadWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void OverloadWatch::loop() {
  name_background_thread("overload");
  std::unique_lock lock(mutex_);
  while (!wakes_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void OverloadWatch::look() {
  nanoseconds lag{0};
  for (const auto& core : lags_) lag = std::max(lag, core->take_least());
  concurrency_.look();
  const auto running = concurrency_.running();
  const gateway::Load load{.rss = resident_bytes(),
                           .memory_limit = memory_limit_,
                           .lag = lag,
                           .running = running.total,
                           .running_batch = running.batch};
  control_.update(load);
  // Once for each time that the mark is passed, in either direction.
  const bool scarce = memory_limit_ > 0 && load.rss * 100 >= memory_limit_ * kScarcePercent;
  if (scarce != was_scarce_) scarce_(scarce);
  was_scarce_ = scarce;
  const bool pressed = control_.pressed();
  if (pressed == told_) return;
  told_ = pressed;
  log_.event(obs::Level::warn, pressed ? "overloaded" : "overload_ended")
      .field("lag_ms", std::chrono::duration_cast<milliseconds>(lag).count())
      .field("rss_mb", load.rss >> 20)
      .field("memory_limit_mb", load.memory_limit >> 20)
      .field("running", running.total)
      .field("running_batch", running.batch);
}

}  // namespace maester::app
