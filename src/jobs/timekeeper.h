// The thread that keeps the queue: leases are lengthened and taken back, schedules fire, old jobs
// go, gauges are set.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "jobs/queue.h"
#include "jobs/report.h"

namespace maester::jobs {

class Timekeeper {
 public:
  // `taken` is called on its thread for a job whose lease ran out.
  Timekeeper(Queue& queue, const Clock& clock, Report& report,
             std::function<void(const Job&)> taken);
  ~Timekeeper();
  void start();
  void stop();  // idempotent
  void tick();  // what the thread does once a second; for tests

 private:
  void loop();
  void reap();
  void fire();
  void purge();
  bool due(MonoTime& last, nanoseconds every);
  Queue& queue_;
  const Clock& clock_;
  Report& report_;
  const std::function<void(const Job&)> taken_;
  MonoTime beat_{}, purged_{}, measured_{};
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace maester::jobs
