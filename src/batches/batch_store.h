// Batches and what is known of their lines, in work.db. The API makes and cancels them, the job
// (batch_job.h) moves them on, each of its writes behind its fence.
//
// Thread-safe; blocking SQL, never on a core's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "access/vault.h"
#include "base/id.h"
#include "base/result.h"
#include "batches/batch.h"
#include "jobs/queue.h"
#include "store/locked_database.h"

namespace maester::batches {

inline constexpr std::string_view kBatchJob = "batch";  // the kind of its jobs

struct NewBatch {
  std::string input_file, endpoint, metadata, key_id;
  std::optional<std::chrono::seconds> output_expires{};
};

// What is durable of one line.
struct LineResult {
  std::int64_t line = 0;  // of the file, counted from 1
  enum class Outcome : std::uint8_t { again, answered, failed } outcome = Outcome::again;
  std::int64_t attempt = 0;  // of `again`: the next one's number, from 0
  std::string text;          // of the others: the line of the output or error file
};

// What one commit of the job adds to the batch.
struct Progress {
  std::vector<LineResult> lines;
  TokenSums tokens;
  FemtoUsd cost;
};

using Fence = std::function<Status(store::Database&)>;

class BatchStore : public access::TenantRows {
 public:
  // `queue` uses the same database; the tables are made by FileStore::open().
  static std::unique_ptr<BatchStore> make(store::LockedDatabase& work, jobs::Queue& queue,
                                          access::Vault& vault, const Clock& clock, Random& random);

  // With the job that runs it, in one transaction.
  Result<Batch> create(std::string_view tenant, const NewBatch& batch);
  Result<Batch> find(std::string_view tenant, std::string_view id);  // Code::not_found
  struct Page {
    std::vector<Batch> batches;  // newest first
    bool more = false;
  };
  Result<Page> list(std::string_view tenant, std::string_view after, std::size_t limit);
  // From here on no further line is asked; what is finished stays. Code::conflict once it ended.
  Result<Batch> cancel(std::string_view tenant, std::string_view id);

  // ---- the job's side. A batch that meanwhile is in another state than the write is for stays as
  // it is: the job looks again.
  Status refuse(const Batch& batch, std::span<const InputError> errors, const Fence& fence);
  Status start(const Batch& batch, std::int64_t total, std::string_view model, const Fence& fence);
  // What is durable of its lines: asked by line, `outcome` and `attempt` without the text.
  Status for_each_line(const Batch& batch, const std::function<void(const LineResult&)>& visit);
  Status commit(const Batch& batch, const Progress& progress, const Fence& fence);
  Status begin_finalizing(const Batch& batch, const Fence& fence);
  // Texts of the lines after `line` in their order, at most `limit`.
  Result<std::vector<LineResult>> results(const Batch& batch, std::int64_t line, std::size_t limit);
  struct Ending {
    BatchStatus status = BatchStatus::completed;
    std::int64_t failed_more = 0;  // lines that were never asked
    // In the same transaction: adds the files' rows. Answers their ids, "" = none.
    std::function<Result<std::pair<std::string, std::string>>(store::Database&)> add_files{};
  };
  Status end(const Batch& batch, const Ending& ending, const Fence& fence);

  // Batches whose job ended without them (cancelled or given up by hand or by crashes) get one that
  // ends them with what there is. Answers how many.
  Result<std::int64_t> adopt();

  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view) override {}

 private:
  BatchStore(store::LockedDatabase& work, jobs::Queue& queue, access::Vault& vault,
             const Clock& clock, Random& random)
      : work_(work), queue_(queue), vault_(vault), clock_(clock), ids_(clock, random) {}
  Result<std::string> add_job(store::Database& db, const Batch& batch);
  Status give_up(store::Database& db, const Batch& batch);
  Result<std::string> seal(const Batch& batch, const LineResult& line);

  store::LockedDatabase& work_;
  jobs::Queue& queue_;
  access::Vault& vault_;
  const Clock& clock_;
  IdGenerator ids_;  // with the database's turn
};

}  // namespace maester::batches
