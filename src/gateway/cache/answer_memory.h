// Answers in memory, the least recently used of a shard leaving first. Thread-safe; a find takes
// one short lock of one of 16 shards.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "gateway/cache/cached_answer.h"
#include "gateway/cache/flight.h"

namespace maester::gateway {

class AnswerMemory {
 public:
  explicit AnswerMemory(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null when there is none, or it has expired.
  CachedAnswerPtr find(const CacheKey& key, WallTime now);
  void put(CachedAnswerPtr answer);
  // Removes a tenant's answers; all of them, or those of one model. How many.
  std::size_t remove(std::string_view tenant, std::string_view model = {});
  // Lets go of the least used until `percent` of the bound is in use.
  void shrink(unsigned percent);

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::size_t entries() const { return entries_.load(std::memory_order_relaxed); }
  std::size_t max_bytes() const { return max_bytes_; }

 private:
  using Order = std::list<CachedAnswerPtr>;  // most recently used first
  struct Shard {
    std::mutex mutex;
    Order order;
    std::unordered_map<Sha256, Order::iterator, DigestHash> index;
    std::size_t bytes = 0;
  };
  static constexpr std::size_t kShards = 16;
  Shard& shard(const Sha256& digest) { return shards_[digest[30] % kShards]; }
  void drop(Shard& shard, Order::iterator at);          // REQUIRES: the shard's lock
  void make_room(Shard& shard, std::size_t max_bytes);  // REQUIRES: the shard's lock
  const std::size_t max_bytes_;
  std::atomic<std::size_t> bytes_{0}, entries_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace maester::gateway
