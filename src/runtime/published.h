// An immutable value that a writer replaces whole and every core reads without a lock: each core
// keeps the one it saw last and looks again when the epoch moved. What a reader holds stays alive
// as long as it holds it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/core.h"

namespace maester::runtime {

template <class T>
class Published {
 public:
  // `cores` as many as the CorePool has.
  Published(std::shared_ptr<const T> first, std::size_t cores)
      : newest_(std::move(first)), cached_(cores) {}

  // On a core's thread: an atomic load when nothing changed. The reference holds until the core's
  // coroutine suspends. REQUIRES: on the thread of one of the cores.
  const std::shared_ptr<const T>& current() {
    Cached& mine = cached_[Core::current()->index()];
    const std::uint64_t epoch = epoch_.load(std::memory_order_acquire);
    if (mine.epoch != epoch) {
      const std::lock_guard lock(mutex_);
      mine.value = newest_;
      mine.epoch = epoch_.load(std::memory_order_relaxed);
    }
    return mine.value;
  }

  // On any thread.
  std::shared_ptr<const T> newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
  }

  // Thread-safe. Who asks for current() after this has returned gets `next`.
  void replace(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(next);
    epoch_.fetch_add(1, std::memory_order_release);
  }

 private:
  struct alignas(64) Cached {
    std::uint64_t epoch = 0;
    std::shared_ptr<const T> value;
  };
  std::atomic<std::uint64_t> epoch_{1};
  mutable std::mutex mutex_;
  std::shared_ptr<const T> newest_;
  std::vector<Cached> cached_;
};

}  // namespace maester::runtime
