#include "evals/datasets/dataset_schema.h"

#include <array>

namespace maester::evals {
namespace {

constexpr std::array<store::Migration, 1> kMigrations{{{1, "datasets", R"sql(
CREATE TABLE datasets (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  latest INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX datasets_by_name ON datasets (tenant, name);
CREATE TABLE dataset_versions (
  tenant TEXT NOT NULL, dataset TEXT NOT NULL, number INTEGER NOT NULL,
  approved INTEGER NOT NULL, pending INTEGER NOT NULL, quarantined INTEGER NOT NULL,
  message TEXT NOT NULL, author TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, dataset, number)) STRICT, WITHOUT ROWID;
CREATE TABLE dataset_cases (
  tenant TEXT NOT NULL, dataset TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, state TEXT NOT NULL, input_hash BLOB NOT NULL, source TEXT NOT NULL,
  body BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX dataset_cases_by_id ON dataset_cases (tenant, dataset, id, since);
CREATE UNIQUE INDEX dataset_cases_by_input ON dataset_cases (tenant, dataset, input_hash)
  WHERE until = 0;
)sql"}}};

}  // namespace

Status migrate_datasets(store::Database& work) {
  return store::migrate(work, kMigrations, "datasets");
}

}  // namespace maester::evals
