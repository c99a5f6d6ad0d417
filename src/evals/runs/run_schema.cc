#include "evals/runs/run_schema.h"

#include <array>

namespace maester::evals {
namespace {

constexpr std::array<store::Migration, 1> kMigrations{{{1, "runs, results, replays", R"sql(
CREATE TABLE eval_runs (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, dataset TEXT NOT NULL,
  dataset_version INTEGER NOT NULL, candidate TEXT NOT NULL, state TEXT NOT NULL,
  reducer TEXT NOT NULL, cases INTEGER NOT NULL, spec BLOB NOT NULL, summary TEXT NOT NULL,
  spent BLOB NOT NULL, attempt INTEGER NOT NULL, max_cost BLOB, job TEXT NOT NULL,
  key_id TEXT NOT NULL, created_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
  error_code TEXT NOT NULL, error_message TEXT NOT NULL,
  PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
CREATE INDEX eval_runs_by_dataset ON eval_runs (tenant, dataset, id);
CREATE TABLE eval_results (
  tenant TEXT NOT NULL, run TEXT NOT NULL, case_id TEXT NOT NULL, repeat INTEGER NOT NULL,
  source TEXT NOT NULL, approved INTEGER NOT NULL, verdict INTEGER NOT NULL, score TEXT NOT NULL,
  scores TEXT NOT NULL, failure TEXT NOT NULL, request_id TEXT NOT NULL, cost BLOB,
  grading_cost BLOB, latency_ms INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL, cached INTEGER NOT NULL, texts BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX eval_results_by_case ON eval_results (tenant, run, case_id, repeat);
CREATE TABLE eval_replays (
  tenant TEXT NOT NULL, id TEXT NOT NULL, dataset TEXT NOT NULL, dataset_version INTEGER NOT NULL,
  baseline TEXT NOT NULL, candidate TEXT NOT NULL, skipped TEXT NOT NULL,
  created_at INTEGER NOT NULL, key_id TEXT NOT NULL,
  PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
)sql"}}};

}  // namespace

Status migrate_runs(store::Database& work) {
  return store::migrate(work, kMigrations, "eval_runs");
}

}  // namespace maester::evals
