#include "gateway/pipeline/concurrency.h"

namespace maester::gateway {

ConcurrencySlot::~ConcurrencySlot() {
  limiter.release(key);
}

Result<std::shared_ptr<ConcurrencySlot>> ConcurrencyLimiter::acquire(std::string_view key_id,
                                                                     int per_key, int total) {
  {
    const std::lock_guard lock(mutex_);
    if (total_ >= total) {
      return fail(Code::overloaded,
                  "The server is at its limit of concurrent requests; try again shortly.");
    }
    auto found = running_.find(key_id);
    if (found == running_.end()) found = running_.emplace(std::string(key_id), 0).first;
    if (per_key > 0 && found->second >= per_key) {
      return fail(Code::concurrency_limited,
                  "This key has " + std::to_string(per_key) +
                      " requests running, which is its limit; wait for one to end.");
    }
    ++found->second;
    ++total_;
  }
  return std::make_shared<ConcurrencySlot>(*this, std::string(key_id));
}

void ConcurrencyLimiter::release(const std::string& key_id) {
  const std::lock_guard lock(mutex_);
  --total_;
  const auto found = running_.find(key_id);
  if (found != running_.end() && --found->second == 0) running_.erase(found);
}

int ConcurrencyLimiter::running() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace maester::gateway
