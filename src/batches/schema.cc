#include "batches/schema.h"

#include <array>

namespace maester::batches {
namespace {

constexpr std::array<store::Migration, 1> kMigrations{{{1, "files and batches", R"sql(
CREATE TABLE files (
  tenant TEXT NOT NULL, id TEXT NOT NULL, purpose TEXT NOT NULL, name TEXT NOT NULL,
  bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX files_by_expiry ON files (expires_at) WHERE expires_at > 0;
CREATE TABLE batches (
  tenant TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, input_file TEXT NOT NULL,
  endpoint TEXT NOT NULL, completion_window TEXT NOT NULL, metadata TEXT NOT NULL,
  output_expires_s INTEGER NOT NULL, model TEXT NOT NULL, errors TEXT NOT NULL,
  output_file TEXT NOT NULL, error_file TEXT NOT NULL, created_at INTEGER NOT NULL,
  in_progress_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, finalizing_at INTEGER NOT NULL,
  completed_at INTEGER NOT NULL, failed_at INTEGER NOT NULL, expired_at INTEGER NOT NULL,
  cancelling_at INTEGER NOT NULL, cancelled_at INTEGER NOT NULL, total INTEGER NOT NULL,
  completed INTEGER NOT NULL, failed INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL, cost BLOB NOT NULL, key_id TEXT NOT NULL, job TEXT NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX batches_live ON batches (tenant, input_file)
  WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CREATE TABLE batch_lines (
  tenant TEXT NOT NULL, batch TEXT NOT NULL, line INTEGER NOT NULL, attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL, result BLOB NOT NULL);
CREATE UNIQUE INDEX batch_lines_by_line ON batch_lines (tenant, batch, line);
)sql"}}};

}  // namespace

Status migrate_batches(store::Database& work) {
  return store::migrate(work, kMigrations, "batches");
}

}  // namespace maester::batches
