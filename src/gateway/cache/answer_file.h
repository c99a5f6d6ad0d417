// Answers on disk, behind those in memory: `cache.db`, docs/formats/cache.md. What is written is
// never waited for and may be lost; what is read was sealed for its tenant and its key, or is none.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "access/vault.h"
#include "base/clock.h"
#include "gateway/cache/cached_answer.h"
#include "gateway/cache/flight.h"
#include "runtime/worker_pool.h"
#include "store/sqlite.h"

namespace maester::gateway {

// Thread-safe.
class AnswerFile {
 public:
  // Opens or makes the file; a damaged one is moved aside and begun anew.
  static Result<std::unique_ptr<AnswerFile>> open(const std::string& path, access::Vault& vault,
                                                  const Clock& clock, std::int64_t max_bytes);

  // False when there is certainly none: most misses cost no look at the file.
  bool may_have(const Sha256& digest) const;
  // Null when there is none. Suspends.
  runtime::Task<CachedAnswerPtr> read(CacheKey key);
  // Written soon, with what else came meanwhile. Dropped when too much waits.
  void keep(CachedAnswerPtr answer);
  // Removes a tenant's answers; all of them, or those of one model. Comes back when it is done.
  runtime::Task<Status> remove(std::string tenant, std::string model);
  // The same without waiting.
  void forget(std::string_view tenant);

  std::int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  AnswerFile(store::Database db, access::Vault& vault, const Clock& clock, std::int64_t max_bytes);
  // ---- on the worker's thread
  Status load();
  Result<CachedAnswerPtr> read_blocking(const CacheKey& key);
  void write_waiting();
  Status keep_blocking(const CachedAnswer& answer);
  Status remove_blocking(std::string_view tenant, std::string_view model);
  Status make_room();
  Status take_out(store::Statement& rows);  // rows of (digest, size) that were deleted

  store::Database db_;
  access::Vault& vault_;
  const Clock& clock_;
  const std::int64_t max_bytes_;
  std::atomic<std::int64_t> bytes_{0};
  mutable std::mutex mutex_;
  std::unordered_set<Sha256, DigestHash> known_;  // guarded by mutex_
  std::vector<CachedAnswerPtr> waiting_;          // to be written together; guarded by mutex_
  runtime::WorkerPool worker_;                    // last: its thread ends first
};

}  // namespace maester::gateway
