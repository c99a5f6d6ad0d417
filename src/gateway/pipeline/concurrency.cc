#include "gateway/pipeline/concurrency.h"

#include <algorithm>
#include <utility>

#include "runtime/suspension.h"

namespace maester::gateway {
namespace {

std::unexpected<Error> full(Priority priority) {
  return fail(Code::overloaded,
              priority == Priority::batch
                  ? "The server has no room for batch requests now; try again shortly."
                  : "The server is at its limit of concurrent requests; try again shortly.");
}

}  // namespace

// One who waits. Who gives him room, on whatever thread, wakes him on his core.
struct ConcurrencyLimiter::Waiter : FairQueue::Waiter, std::enable_shared_from_this<Waiter> {
  Waiter(const Ask& ask, runtime::Core& on)
      : FairQueue::Waiter(ask.tenant, ask.priority), core(on) {}
  runtime::Core& core;
  runtime::Suspension* pause = nullptr;  // of his core only
  bool granted = false;                  // under the mutex

  void wake() {
    core.post([self = shared_from_this()] {
      if (self->pause != nullptr) self->pause->signal();
    });
  }
};

ConcurrencySlot::~ConcurrencySlot() {
  limiter.release(*this);
}

bool ConcurrencyLimiter::has_room(Priority priority, const Room& room) const {
  if (sum_.total >= room.total) return false;
  if (priority != Priority::batch) return true;
  return sum_.batch < std::min(room.batch, room.total - std::max(need_, newest_need_));
}

// REQUIRES: the mutex, after an interactive request came.
void ConcurrencyLimiter::note_need() {
  const int now = sum_.total - sum_.batch + static_cast<int>(queue_.size(Priority::interactive));
  newest_need_ = std::max(newest_need_, now);
}

void ConcurrencyLimiter::look() {
  const std::lock_guard lock(mutex_);
  need_ = std::max(newest_need_, need_ - std::max(1, need_ / 16));
  newest_need_ = 0;
  note_need();
  if (!queue_.empty()) give_room();
}

Status ConcurrencyLimiter::count(std::string_view key_id, int per_key) {
  auto found = running_.find(key_id);
  if (found == running_.end()) found = running_.emplace(std::string(key_id), 0).first;
  if (per_key > 0 && found->second >= per_key) {
    return fail(Code::concurrency_limited,
                "This key has " + std::to_string(per_key) +
                    " requests running, which is its limit; wait for one to end.");
  }
  ++found->second;
  return {};
}

void ConcurrencyLimiter::uncount(std::string_view key_id) {
  const auto found = running_.find(key_id);
  if (found != running_.end() && --found->second == 0) running_.erase(found);
}

void ConcurrencyLimiter::take(Priority priority) {
  ++sum_.total;
  if (priority == Priority::batch) ++sum_.batch;
}

Result<ConcurrencyLimiter::Slot> ConcurrencyLimiter::acquire(const Ask& ask, const Room& room) {
  {
    const std::lock_guard lock(mutex_);
    room_ = room;
    const bool others_first =
        ask.priority == Priority::batch ? !queue_.empty() : !queue_.empty(Priority::interactive);
    if (others_first || !has_room(ask.priority, room)) return full(ask.priority);
    TRY(count(ask.key_id, room.per_key));
    take(ask.priority);
    if (ask.priority == Priority::interactive) note_need();
  }
  return std::make_shared<ConcurrencySlot>(*this, std::string(ask.key_id), ask.priority);
}

void ConcurrencyLimiter::release(const ConcurrencySlot& slot) {
  const std::lock_guard lock(mutex_);
  --sum_.total;
  if (slot.priority == Priority::batch) --sum_.batch;
  uncount(slot.key);
  if (!queue_.empty()) give_room();
}

// REQUIRES: the mutex.
void ConcurrencyLimiter::give_room() {
  while (sum_.total < room_.total) {
    FairQueue::Waiter* next = queue_.next(Priority::interactive);
    if (next == nullptr && has_room(Priority::batch, room_)) next = queue_.next(Priority::batch);
    if (next == nullptr) return;
    take(next->priority);
    auto& waiter = static_cast<Waiter&>(*next);
    waiter.granted = true;
    waiter.wake();
  }
}

Result<std::shared_ptr<ConcurrencyLimiter::Waiter>> ConcurrencyLimiter::join(
    const Ask& ask, const Room& room, nanoseconds& patience) {
  runtime::Core& core = *runtime::Core::current();
  const MonoTime now = core.now();
  auto waiter = std::make_shared<Waiter>(ask, core);
  const std::lock_guard lock(mutex_);
  TRY(count(ask.key_id, room.per_key));
  if (queue_.size() >= 2 * static_cast<std::size_t>(room.total)) {
    FairQueue::Waiter* out = queue_.give_way(ask.tenant, ask.priority);
    if (out == nullptr) {
      uncount(ask.key_id);
      return full(ask.priority);
    }
    static_cast<Waiter*>(out)->wake();
  }
  patience = queue_.patience(ask.tenant, ask.priority, room.queue, now);
  queue_.push(*waiter, now);
  if (ask.priority == Priority::interactive) note_need();
  give_room();  // some may have come free since acquire()
  return waiter;
}

// True when he was given room.
bool ConcurrencyLimiter::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (waiter.queued) queue_.remove(waiter);
  return std::exchange(waiter.granted, false);
}

runtime::Task<Result<ConcurrencyLimiter::Slot>> ConcurrencyLimiter::wait(Ask ask, Room room,
                                                                         runtime::StopToken gone) {
  if (room.queue.count() <= 0 || room.total <= 0) co_return full(ask.priority);
  nanoseconds patience{0};
  CO_TRY_ASSIGN(const std::shared_ptr<Waiter> waiter, join(ask, room, patience));
  std::string key(ask.key_id);
  runtime::Suspension pause(waiter->core,
                            {Deadline::at(waiter->core.now() + patience), std::move(gone)});
  waiter->pause = &pause;
  const runtime::Wake wake = co_await pause;
  waiter->pause = nullptr;
  if (leave(*waiter)) {
    co_return std::make_shared<ConcurrencySlot>(*this, std::move(key), ask.priority);
  }
  {
    const std::lock_guard lock(mutex_);
    uncount(key);
  }
  if (wake == runtime::Wake::stopped) co_return fail(runtime::wake_status(wake).error());
  co_return full(ask.priority);
}

ConcurrencyLimiter::Running ConcurrencyLimiter::running() const {
  const std::lock_guard lock(mutex_);
  Running out = sum_;
  out.waiting = queue_.size();
  return out;
}

}  // namespace maester::gateway
