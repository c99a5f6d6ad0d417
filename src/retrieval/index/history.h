// The snapshots that may still be asked for by their sequence: the newest 16, for up to 5 minutes.
#pragma once

#include <deque>
#include <mutex>

#include "base/clock.h"
#include "retrieval/index/snapshot.h"

namespace maester::retrieval {

// Thread-safe.
class History {
 public:
  static constexpr std::size_t kKept = 16;
  static constexpr std::chrono::minutes kFor{5};  // after it is not the newest any more

  explicit History(const Clock& clock) : clock_(clock) {}

  void push(std::shared_ptr<const SegmentSnapshot> snapshot) {
    const std::scoped_lock lock(mutex_);
    if (!kept_.empty()) kept_.back().outlived = clock_.mono();
    kept_.push_back({std::move(snapshot), {}});
    trim();
  }
  std::shared_ptr<const SegmentSnapshot> newest() const {
    const std::scoped_lock lock(mutex_);
    return kept_.back().snapshot;
  }
  std::shared_ptr<const SegmentSnapshot> of(std::uint64_t sequence) {
    const std::scoped_lock lock(mutex_);
    trim();
    for (const Kept& one : kept_) {
      if (one.snapshot->sequence() == sequence) return one.snapshot;
    }
    return nullptr;
  }

 private:
  struct Kept {
    std::shared_ptr<const SegmentSnapshot> snapshot;
    MonoTime outlived;  // when a newer one came
  };
  void trim() {
    const MonoTime now = clock_.mono();
    while (kept_.size() > 1 && (kept_.size() > kKept || now - kept_.front().outlived > kFor)) {
      kept_.pop_front();
    }
  }
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<Kept> kept_;
};

}  // namespace maester::retrieval
