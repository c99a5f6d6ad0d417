#include "gateway/pipeline/concurrency.h"

namespace maester::gateway {

ConcurrencySlot::~ConcurrencySlot() {
  limiter.release(*this);
}

Result<std::shared_ptr<ConcurrencySlot>> ConcurrencyLimiter::acquire(std::string_view key_id,
                                                                     Priority priority,
                                                                     const Room& room) {
  {
    const std::lock_guard lock(mutex_);
    if (sum_.total >= room.total) {
      return fail(Code::overloaded,
                  "The server is at its limit of concurrent requests; try again shortly.");
    }
    if (priority == Priority::batch && sum_.batch >= room.batch) {
      return fail(Code::overloaded,
                  "The server has no room for batch requests now; try again shortly.");
    }
    auto found = running_.find(key_id);
    if (found == running_.end()) found = running_.emplace(std::string(key_id), 0).first;
    if (room.per_key > 0 && found->second >= room.per_key) {
      return fail(Code::concurrency_limited,
                  "This key has " + std::to_string(room.per_key) +
                      " requests running, which is its limit; wait for one to end.");
    }
    ++found->second;
    ++sum_.total;
    if (priority == Priority::batch) ++sum_.batch;
  }
  return std::make_shared<ConcurrencySlot>(*this, std::string(key_id), priority);
}

void ConcurrencyLimiter::release(const ConcurrencySlot& slot) {
  const std::lock_guard lock(mutex_);
  --sum_.total;
  if (slot.priority == Priority::batch) --sum_.batch;
  const auto found = running_.find(slot.key);
  if (found != running_.end() && --found->second == 0) running_.erase(found);
}

ConcurrencyLimiter::Running ConcurrencyLimiter::running() const {
  const std::lock_guard lock(mutex_);
  return sum_;
}

}  // namespace maester::gateway
