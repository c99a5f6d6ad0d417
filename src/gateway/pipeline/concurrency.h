// How many requests run at once, per key and in all. A slot is released when its last holder dies,
// whatever the reason.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::gateway {

class ConcurrencyLimiter;

struct ConcurrencySlot {
  ConcurrencySlot(ConcurrencyLimiter& owner, std::string key_id)
      : limiter(owner), key(std::move(key_id)) {}
  ~ConcurrencySlot();
  ConcurrencySlot(const ConcurrencySlot&) = delete;
  ConcurrencyLimiter& limiter;
  std::string key;
};

class ConcurrencyLimiter {
 public:
  // Thread-safe. per_key 0 = no limit per key. Code::concurrency_limited or, when the server as a
  // whole is full, overloaded.
  Result<std::shared_ptr<ConcurrencySlot>> acquire(std::string_view key_id, int per_key, int total);
  int running() const;

 private:
  friend struct ConcurrencySlot;
  void release(const std::string& key_id);
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> running_;
  int total_ = 0;
};

}  // namespace maester::gateway
