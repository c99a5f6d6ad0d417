// Requests that carry an idempotency key (CONTRACT.md §3): the first result is kept for 24 hours
// and repeated. The file is docs/formats/idempotency.md.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "access/vault.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/result.h"
#include "runtime/worker_pool.h"
#include "store/sqlite.h"
#include "wire/http.h"

namespace maester::gateway {

// A result as it was sent.
struct KeptAnswer {
  int status = 200;
  wire::Headers headers;
  std::string body;
};

class IdempotencyStore;

// What a key stands for. The views live until begin() is done.
struct IdempotencyScope {
  std::string_view tenant, key_id, route, key;
};

// A key that this request holds. Released unfinished when it dies: the outcome is unknown then.
class IdempotentRun {
 public:
  ~IdempotentRun();
  IdempotentRun(const IdempotentRun&) = delete;
  // Keeps the result. Once; suspends until it is durable.
  runtime::Task<Status> finish(KeptAnswer answer);
  // Frees the key: nothing was done, and the caller was told to try again. Instead of finish().
  runtime::Task<Status> forget();

 private:
  friend class IdempotencyStore;
  IdempotentRun(IdempotencyStore& store, Sha256 scope, std::string tenant)
      : store_(store), scope_(scope), tenant_(std::move(tenant)) {}
  IdempotencyStore& store_;
  Sha256 scope_;
  std::string tenant_;
};

// Thread-safe.
class IdempotencyStore {
 public:
  struct Limits {
    std::int64_t rows = 1'000'000;
    std::int64_t bytes = std::int64_t{2} << 30;
  };
  // Opens or makes the file; `synced` makes each commit survive a power cut.
  static Result<std::unique_ptr<IdempotencyStore>> open(const std::string& path, bool synced,
                                                        access::Vault& vault, const Clock& clock,
                                                        Limits limits);

  // What a key begins: a run of its own, or an answer to repeat.
  struct Begun {
    std::unique_ptr<IdempotentRun> run;  // null: `answer` is there
    std::optional<KeptAnswer> answer;
  };
  // Suspends until the key is durable. Code::invalid_request for a key that is not one to 255
  // printable ASCII characters, idempotency_mismatch for another body, conflict while the first
  // request runs, outcome_unknown when it was cut off, storage_full, overloaded.
  runtime::Task<Result<Begun>> begin(IdempotencyScope scope, std::string_view body,
                                     std::string_view request_id);

 private:
  friend class IdempotentRun;
  struct Ask {
    Sha256 scope, body;
    std::string tenant, request_id;
  };
  IdempotencyStore(store::Database db, access::Vault& vault, const Clock& clock, Limits limits);
  // On the pool's thread.
  Result<Begun> begin_blocking(const Ask& ask);
  Result<Begun> known(const Ask& ask, store::Statement& row);
  Status drop(const Sha256& scope);
  Status keep(const Sha256& scope, const std::string& tenant, const KeptAnswer& answer);
  // Removes old rows, and that of the scope if it is dead.
  Status sweep(const Sha256& scope);
  Status remove(store::Statement& rows);
  Status measure();

  store::Database db_;
  access::Vault& vault_;
  const Clock& clock_;
  const Limits limits_;
  std::int64_t rows_ = 0, bytes_ = 0;  // the pool's thread
  std::mutex mutex_;
  std::set<Sha256> running_;    // guarded by mutex_
  runtime::WorkerPool worker_;  // last: its thread ends first
};

}  // namespace maester::gateway
