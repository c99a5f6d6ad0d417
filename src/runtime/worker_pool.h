// A bounded pool of threads for blocking work (files, SQL, big computations).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/core.h"

namespace maester::runtime {

class WorkerPool {
 public:
  WorkerPool(std::string name, std::size_t threads, std::size_t max_queue);
  ~WorkerPool();  // runs what is queued, then joins

  // Thread-safe. False when the queue is full: the caller answers `overloaded`.
  [[nodiscard]] bool submit(std::function<void()> work);
  std::size_t queued() const;

  // Runs `work` in the pool and comes back to the calling core with its Result; Code::overloaded
  // when the queue is full. Suspends. The work must not touch what belongs to the core. It cannot
  // be cancelled once it runs.
  template <class F>
  auto run(F work) -> Task<std::invoke_result_t<F>>;

 private:
  void loop();
  std::string name_;
  std::size_t max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

namespace detail {
template <class R, class F>
struct RunInPool {
  WorkerPool& pool;
  F& work;
  std::optional<R> result;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> self) {
    Core* core = Core::current();
    if (pool.submit([this, self, core] {
          result.emplace(work());
          core->resume(self);
        })) {
      return true;
    }
    result.emplace(fail(Code::overloaded, "The server's work queue is full; try again shortly."));
    return false;
  }
  R await_resume() { return std::move(*result); }
};
}  // namespace detail

template <class F>
auto WorkerPool::run(F work) -> Task<std::invoke_result_t<F>> {
  using R = std::invoke_result_t<F>;
  detail::RunInPool<R, F> op{*this, work, std::nullopt};
  co_return co_await op;
}

}  // namespace maester::runtime
