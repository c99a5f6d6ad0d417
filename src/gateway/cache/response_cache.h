// The response cache: answers by everything that could change them, in memory and, behind it, on
// disk; and equal requests at one time as one call. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "access/tenant_objects.h"
#include "base/money.h"
#include "gateway/cache/answer_file.h"
#include "gateway/cache/answer_memory.h"
#include "gateway/cache/flight.h"
#include "gateway/cache/semantic_index.h"

namespace maester::gateway {

// What a tenant's caches did since the start.
struct CacheStats {
  std::int64_t hits = 0;
  std::int64_t misses = 0;  // that were looked up
  std::int64_t shared = 0;  // of the hits: those that waited for an equal request
  FemtoUsd saved;           // what the hits would have cost again
  milliseconds saved_time{0};
};

class ResponseCache final : public access::TenantObjects {
 public:
  struct Bounds {
    std::size_t memory = 64u << 20;  // bytes of all answers in memory
    std::size_t entry = 1u << 20;    // bytes of one; a longer one is not kept
    std::size_t questions = 20'000;  // that semantic look-ups remember
  };
  // `file` may be null: nothing is persisted.
  ResponseCache(const Bounds& bounds, std::unique_ptr<AnswerFile> file);

  // Null when there is none. Suspends only for an answer that stands on disk.
  runtime::Task<CachedAnswerPtr> find(const CacheKey& key, WallTime now);
  void put(CachedAnswerPtr answer);
  Flights& flights() { return flights_; }
  SemanticIndex& questions() { return questions_; }

  void count_hit(const CachedAnswer& answer, bool shared);
  void count_miss(const std::string& tenant);
  CacheStats stats(const std::string& tenant) const;

  // Removes a tenant's answers; all of them, or those of one model.
  runtime::Task<Status> purge(std::string tenant, std::string model);
  // Memory is scarce: half of what is kept there goes.
  void shrink() { memory_.shrink(50); }

  const AnswerMemory& memory() const { return memory_; }
  std::int64_t disk_bytes() const { return file_ == nullptr ? 0 : file_->bytes(); }

  // access::TenantObjects: the file is no part of that transaction; what is left in it cannot be
  // opened without the tenant's key.
  Status erase(store::Database&, std::string_view) override { return {}; }
  void forget(std::string_view tenant) override;

 private:
  AnswerMemory memory_;
  const std::size_t max_entry_;
  std::unique_ptr<AnswerFile> file_;
  Flights flights_;
  SemanticIndex questions_;
  mutable std::mutex mutex_;
  std::map<std::string, CacheStats, std::less<>> stats_;  // guarded by mutex_
};

}  // namespace maester::gateway
