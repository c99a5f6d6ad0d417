// The journal's threads: syncing, acknowledging, keeping spares; and its end.
#include "base/thread.h"
#include "store/journal_impl.h"

namespace maester::store {
namespace {
constexpr milliseconds kSpaceCheck{250};
}

JournalImpl::~JournalImpl() {
  stop_threads();
  fail_all(make_error(Code::io_error, "The journal is closed."));
}

void JournalImpl::start_threads() {
  if (!config_.threads) return;
  threads_.emplace_back([this] {
    name_background_thread("journal");
    maintain();
  });
  if (config_.durability != Durability::power) return;
  for (auto& slot : slots_) {
    if (slot->writer == nullptr) continue;
    threads_.emplace_back([this, lane = slot.get()] {
      name_thread("journal-sync");
      sync_loop(*lane);
    });
  }
}

void JournalImpl::stop_threads() {
  {
    std::lock_guard lock(maintain_mutex_);
    stopping_ = true;
  }
  maintain_wakes_.notify_all();
  for (auto& slot : slots_) {
    slot->signal.fetch_add(1, std::memory_order_release);
    slot->signal.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Status JournalImpl::sync_slot(Slot& slot) {
  Status done = slot.writer->sync();
  if (!done) {
    fail_all(done.error());
    return done;
  }
  acknowledge(slot);
  return {};
}

// Takes whatever was written while the last sync ran.
void JournalImpl::sync_loop(Slot& slot) {
  while (!stopping_ && !read_only()) {
    const std::uint32_t seen = slot.signal.load(std::memory_order_acquire);
    if (slot.writer->written() == slot.writer->durable()) {
      slot.signal.wait(seen, std::memory_order_acquire);
      continue;
    }
    (void)sync_slot(slot);
  }
}

void JournalImpl::maintain() {
  milliseconds until_check{0};
  std::unique_lock lock(maintain_mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool check = until_check <= milliseconds{0};
    if (check) until_check = kSpaceCheck;
    for (auto& slot : slots_) {
      if (slot->writer == nullptr || read_only()) continue;
      if (config_.durability == Durability::process) (void)sync_slot(*slot);
      // While the disk is full only the regular check tries again.
      const bool hurry = slot->writer->wants_spare() && !slot->writer->storage_full();
      if (!check && !hurry) continue;
      const Status kept = slot->writer->keep_spare();
      if (!kept) fail_all(kept.error());
    }
    lock.lock();
    if (!stopping_) maintain_wakes_.wait_for(lock, config_.sync_every);
    until_check -= config_.sync_every;
  }
}

void JournalImpl::acknowledge(Slot& slot) {
  std::vector<Waiter> done;
  {
    std::lock_guard lock(slot.mutex);
    const std::uint64_t durable = acknowledged(slot);
    std::vector<Waiter> waiting;
    for (Waiter& waiter : slot.waiters) {
      (waiter.sequence <= durable ? done : waiting).push_back(std::move(waiter));
    }
    slot.waiters.swap(waiting);
  }
  for (Waiter& waiter : done) waiter.then({});
}

void JournalImpl::fail_all(const Error& why) {
  read_only_.store(true, std::memory_order_release);
  for (auto& slot : slots_) {
    std::vector<Waiter> waiters;
    {
      std::lock_guard lock(slot->mutex);
      waiters.swap(slot->waiters);
    }
    for (Waiter& waiter : waiters) waiter.then(fail(why));
  }
}

Status JournalImpl::background() {
  for (auto& slot : slots_) {
    if (slot->writer == nullptr) continue;
    if (read_only()) return refused();
    TRY(sync_slot(*slot));
    Status kept = slot->writer->keep_spare();
    if (!kept) {
      fail_all(kept.error());
      return kept;
    }
  }
  return {};
}

Status JournalImpl::close() {
  stop_threads();
  if (read_only() || closed_.exchange(true)) return refused();
  JournalState state{.durability = config_.durability,
                     .boot_id = boot_id_,
                     .clean = true,
                     .may_have_lost_tail = false,
                     .lanes = {}};
  for (auto& slot : slots_) {
    if (slot->writer == nullptr) {
      state.lanes.push_back(slot->end);
      continue;
    }
    TRY(sync_slot(*slot));
    state.lanes.push_back(slot->writer->written_end());
  }
  return write_state(files_, config_.directory, state);
}

}  // namespace maester::store
