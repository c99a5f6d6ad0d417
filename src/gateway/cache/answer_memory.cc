#include "gateway/cache/answer_memory.h"

#include <utility>

namespace maester::gateway {

void AnswerMemory::drop(Shard& shard, Order::iterator at) {
  const std::size_t size = (*at)->size();
  shard.bytes -= size;
  bytes_.fetch_sub(size, std::memory_order_relaxed);
  entries_.fetch_sub(1, std::memory_order_relaxed);
  shard.index.erase((*at)->key.digest);
  shard.order.erase(at);
}

void AnswerMemory::make_room(Shard& shard, std::size_t max_bytes) {
  while (shard.bytes > max_bytes) drop(shard, std::prev(shard.order.end()));
}

CachedAnswerPtr AnswerMemory::find(const CacheKey& key, WallTime now) {
  Shard& here = shard(key.digest);
  const std::lock_guard lock(here.mutex);
  const auto found = here.index.find(key.digest);
  if (found == here.index.end()) return nullptr;
  const CachedAnswerPtr answer = *found->second;
  if (answer->key != key) return nullptr;
  if (answer->expires <= now) {
    drop(here, found->second);
    return nullptr;
  }
  here.order.splice(here.order.begin(), here.order, found->second);
  return answer;
}

void AnswerMemory::put(CachedAnswerPtr answer) {
  const std::size_t size = answer->size();
  if (size > max_bytes_ / kShards) return;
  Shard& here = shard(answer->key.digest);
  const std::lock_guard lock(here.mutex);
  if (const auto known = here.index.find(answer->key.digest); known != here.index.end()) {
    drop(here, known->second);
  }
  here.order.push_front(std::move(answer));
  here.index.emplace(here.order.front()->key.digest, here.order.begin());
  here.bytes += size;
  bytes_.fetch_add(size, std::memory_order_relaxed);
  entries_.fetch_add(1, std::memory_order_relaxed);
  make_room(here, max_bytes_ / kShards);
}

std::size_t AnswerMemory::remove(std::string_view tenant, std::string_view model) {
  std::size_t removed = 0;
  for (Shard& here : shards_) {
    const std::lock_guard lock(here.mutex);
    for (auto at = here.order.begin(); at != here.order.end();) {
      const auto next = std::next(at);
      if ((*at)->key.tenant == tenant && (model.empty() || (*at)->model == model)) {
        drop(here, at);
        ++removed;
      }
      at = next;
    }
  }
  return removed;
}

void AnswerMemory::shrink(unsigned percent) {
  for (Shard& here : shards_) {
    const std::lock_guard lock(here.mutex);
    make_room(here, max_bytes_ / kShards * percent / 100);
  }
}

}  // namespace maester::gateway
