// How many requests run at once, per key, of batch and in all. A slot is released when its last
// holder dies, whatever the reason.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/pipeline/overload.h"

namespace maester::gateway {

class ConcurrencyLimiter;

struct ConcurrencySlot {
  ConcurrencySlot(ConcurrencyLimiter& owner, std::string key_id, Priority of)
      : limiter(owner), key(std::move(key_id)), priority(of) {}
  ~ConcurrencySlot();
  ConcurrencySlot(const ConcurrencySlot&) = delete;
  ConcurrencyLimiter& limiter;
  std::string key;
  Priority priority;
};

class ConcurrencyLimiter {
 public:
  struct Room {
    int per_key = 0;  // 0 = no limit per key
    int total = 0;    // of both priorities
    int batch = 0;    // of batch among them
  };
  // Thread-safe. Code::concurrency_limited or, when the server as a whole is full, overloaded.
  Result<std::shared_ptr<ConcurrencySlot>> acquire(std::string_view key_id, Priority priority,
                                                   const Room& room);
  struct Running {
    int total = 0, batch = 0;
  };
  Running running() const;

 private:
  friend struct ConcurrencySlot;
  void release(const ConcurrencySlot& slot);
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> running_;
  Running sum_;
};

}  // namespace maester::gateway
