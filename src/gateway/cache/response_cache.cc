#include "gateway/cache/response_cache.h"

#include <utility>

namespace maester::gateway {

ResponseCache::ResponseCache(const Bounds& bounds, std::unique_ptr<AnswerFile> file)
    : memory_(bounds.memory),
      max_entry_(bounds.entry),
      file_(std::move(file)),
      questions_(bounds.questions) {}

runtime::Task<CachedAnswerPtr> ResponseCache::find(const CacheKey& key, WallTime now) {
  if (CachedAnswerPtr answer = memory_.find(key, now)) co_return answer;
  if (file_ == nullptr || !file_->may_have(key.digest)) co_return nullptr;
  auto reading = file_->read(key);
  CachedAnswerPtr answer = co_await std::move(reading);
  if (answer != nullptr && answer->expires <= now) answer = nullptr;
  if (answer != nullptr) memory_.put(answer);
  co_return answer;
}

void ResponseCache::put(CachedAnswerPtr answer) {
  if (answer->size() > max_entry_) return;
  if (file_ != nullptr) file_->keep(answer);
  memory_.put(std::move(answer));
}

void ResponseCache::count_hit(const CachedAnswer& answer, bool shared) {
  const std::lock_guard lock(mutex_);
  CacheStats& stats = stats_[answer.key.tenant];
  ++stats.hits;
  if (shared) ++stats.shared;
  stats.saved += answer.cost.value_or(FemtoUsd());
  stats.saved_time += answer.took;
}

void ResponseCache::count_miss(const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  ++stats_[tenant].misses;
}

CacheStats ResponseCache::stats(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = stats_.find(tenant);
  return found == stats_.end() ? CacheStats() : found->second;
}

runtime::Task<Status> ResponseCache::purge(std::string tenant, std::string model) {
  memory_.remove(tenant, model);
  if (model.empty()) questions_.remove(tenant);
  if (file_ == nullptr) co_return Status{};
  auto removing = file_->remove(std::move(tenant), std::move(model));
  co_return co_await std::move(removing);
}

void ResponseCache::forget(std::string_view tenant) {
  memory_.remove(tenant);
  questions_.remove(tenant);
  if (file_ != nullptr) file_->forget(tenant);
  const std::lock_guard lock(mutex_);
  if (const auto found = stats_.find(tenant); found != stats_.end()) stats_.erase(found);
}

}  // namespace maester::gateway
