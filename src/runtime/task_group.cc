#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "runtime/core.h"
#include "runtime/suspension.h"

namespace maester::runtime {
namespace {

// The coroutine at the bottom of a stack of tasks: runs at once, frees itself at its end.
struct Root {
  struct promise_type {
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
    Root get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

struct Completion {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};

Root run_and_notify(Task<void> task, Completion* completion) {
  co_await task;
  task = Task<void>();
  const std::lock_guard lock(completion->mutex);
  completion->done = true;
  completion->changed.notify_all();
}

}  // namespace

struct TaskGroup::Impl {
  std::size_t running = 0;
  std::vector<Suspension*> joiners;

  void ended() {
    if (--running > 0) return;
    for (Suspension* joiner : joiners) joiner->signal();
    joiners.clear();
  }

  static Root drive(Task<void> task, Impl* group) {
    co_await task;
    task = Task<void>();
    group->ended();
  }
};

TaskGroup::TaskGroup(Core& core) : core_(core), impl_(std::make_unique<Impl>()) {}

TaskGroup::~TaskGroup() {
  if (impl_->running == 0) return;
  std::fputs("maester: a TaskGroup was destroyed with tasks in it\n", stderr);
  std::abort();
}

void TaskGroup::spawn(Task<void> task) {
  ++impl_->running;
  Impl::drive(std::move(task), impl_.get());
}

std::size_t TaskGroup::size() const {
  return impl_->running;
}

Task<Status> TaskGroup::join(Wait wait) {
  if (impl_->running == 0) co_return Status{};
  Suspension pause(core_, wait);
  impl_->joiners.push_back(&pause);
  const Wake wake = co_await pause;
  if (wake != Wake::signalled) std::erase(impl_->joiners, &pause);
  co_return wake_status(wake);
}

void run_blocking(Core& core, Task<void> task) {
  Completion completion;
  core.post([&] { run_and_notify(std::move(task), &completion); });
  std::unique_lock lock(completion.mutex);
  completion.changed.wait(lock, [&] { return completion.done; });
}

}  // namespace maester::runtime
