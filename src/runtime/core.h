// A Core: one epoll loop, one thread, one timer wheel. Coroutines and sockets of a core never leave
// it, so nothing on it needs a lock. `CorePool` runs one per processor.
//
// The loop takes turns: posted work, coroutines that became ready, readiness of descriptors,
// timers. A coroutine is always resumed from the loop, never from inside somebody's call (stop,
// signal, timer), so no caller is re-entered.
//
// Blocking or long work (files, SQL, more than 1 ms of CPU) goes to a WorkerPool and comes back by
// resume().
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "runtime/stop.h"
#include "runtime/task.h"

namespace maester::runtime {

// What a wait is bounded by: every suspension takes one. The deadline ends it with
// Code::deadline_exceeded, the stop with Code::cancelled.
struct Wait {
  Deadline deadline = Deadline::never();
  StopToken stop;
};

struct TimerLink {
  TimerLink* next = nullptr;
  TimerLink* previous = nullptr;
};

// A timer as an intrusive member of whoever waits. Fires once, on its core, up to one tick (5 ms)
// late, never early.
class Timer : private TimerLink {
 public:
  Timer() = default;
  virtual ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const { return wheel_ != nullptr; }

 protected:
  virtual void on_timer() = 0;

 private:
  friend class TimerWheel;
  class TimerWheel* wheel_ = nullptr;
  std::int64_t tick_ = 0;
};

// A coroutine in its core's list of those to be resumed next; leaves the list when destroyed.
class ReadyNode {
 protected:
  ReadyNode() = default;
  ~ReadyNode() { unlink(); }
  void unlink();
  std::coroutine_handle<> coroutine_;

 private:
  friend class Core;
  ReadyNode* next_ = nullptr;
  ReadyNode* previous_ = nullptr;
};

// Whoever wants a descriptor's readiness. The events are epoll's (EPOLLIN, EPOLLOUT, EPOLLRDHUP,
// ...).
class Watched {
 public:
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~Watched() = default;
};

class Core {
 public:
  Core(unsigned index, const Clock& clock, Random& random);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  unsigned index() const { return index_; }
  const Clock& clock() const { return clock_; }
  MonoTime now() const { return clock_.mono(); }
  IdGenerator& ids() { return ids_; }

  // The core whose thread this is; null on other threads.
  static Core* current();

  void post(std::function<void()> work);  // thread-safe; runs on the core, in order of arrival
  void resume(std::coroutine_handle<> coroutine);  // thread-safe

  // REQUIRES (all below): on the core's thread, or the core does not run.
  void arm(Timer& timer, Deadline deadline);  // again = moved; never() = disarmed
  void disarm(Timer& timer);
  void make_ready(ReadyNode& node);  // resumed in this or the next turn of the loop
  // Registers a descriptor for `events` (epoll flags, EPOLLET as wanted) until unwatch(). `watched`
  // may unwatch itself or others from on_events().
  Status watch(int fd, std::uint32_t events, Watched& watched);
  void unwatch(int fd, Watched& watched);

  // Suspends until the deadline (then fine) or the stop (then Code::cancelled).
  Task<Status> sleep(Wait wait);

  void run();   // until stop(), on the calling thread
  void stop();  // thread-safe; before run() too
  bool running() const { return running_.load(std::memory_order_acquire); }

 private:
  struct Impl;
  void run_turn();
  unsigned index_;
  const Clock& clock_;
  IdGenerator ids_;
  std::atomic<bool> running_{false};
  std::unique_ptr<Impl> impl_;
};

// Starts `count` threads, core i pinned to nothing; joins in stop().
class CorePool {
 public:
  CorePool(unsigned count, const Clock& clock, Random& random);
  ~CorePool();
  std::size_t size() const { return cores_.size(); }
  Core& at(std::size_t index) { return *cores_[index]; }
  void start();
  void stop();  // idempotent; REQUIRES: not on a core's thread

 private:
  std::vector<std::unique_ptr<Core>> cores_;
  std::vector<std::thread> threads_;
};

// Owns tasks that nobody awaits. All of one group run on one core. Destroying a group with tasks in
// it is a bug (asserted): ask them to stop, then await join().
class TaskGroup {
 public:
  explicit TaskGroup(Core& core);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  Core& core() { return core_; }

  // REQUIRES: on the core. Runs the task at once, up to its first suspension.
  void spawn(Task<void> task);
  std::size_t size() const;
  // Suspends until no task is left or the wait ends.
  Task<Status> join(Wait wait);

 private:
  struct Impl;
  Core& core_;
  std::unique_ptr<Impl> impl_;
};

// Runs `task` to its end on the core from a foreign thread and waits for it (tests, start-up,
// shutdown). REQUIRES: the core runs, or will.
void run_blocking(Core& core, Task<void> task);

}  // namespace maester::runtime
