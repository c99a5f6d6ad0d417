#include "knowledge/catalog_schema.h"

#include <array>

namespace maester::knowledge {
namespace {

constexpr std::array<store::Migration, 1> kMigrations{{{1, "collections", R"sql(
CREATE TABLE collections (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, search TEXT NOT NULL,
  live INTEGER NOT NULL, change INTEGER NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX collections_by_name ON collections (tenant, name);
CREATE TABLE index_versions (
  tenant TEXT NOT NULL, collection TEXT NOT NULL, number INTEGER NOT NULL, spec TEXT NOT NULL,
  state TEXT NOT NULL, previous INTEGER NOT NULL, change INTEGER NOT NULL, job TEXT NOT NULL,
  created_at INTEGER NOT NULL, live_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, collection, number)) WITHOUT ROWID;
CREATE TABLE documents (
  tenant TEXT NOT NULL, collection TEXT NOT NULL, id BLOB NOT NULL, source_id TEXT NOT NULL,
  title TEXT NOT NULL, content_type TEXT NOT NULL, file_name TEXT NOT NULL,
  url TEXT NOT NULL, groups TEXT,
  metadata TEXT NOT NULL, state TEXT NOT NULL, generation INTEGER NOT NULL,
  change INTEGER NOT NULL, content_hash TEXT NOT NULL, error_code TEXT, error_message TEXT,
  error_reason TEXT, report TEXT NOT NULL, job TEXT NOT NULL, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, collection, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX documents_by_source ON documents (tenant, collection, source_id);
CREATE INDEX documents_by_change ON documents (tenant, collection, change);
CREATE INDEX documents_by_job ON documents (tenant, collection, job);
CREATE TABLE sources (
  tenant TEXT NOT NULL, collection TEXT NOT NULL, document BLOB NOT NULL,
  generation INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE UNIQUE INDEX sources_by_document ON sources (tenant, collection, document);
CREATE TABLE texts (
  tenant TEXT NOT NULL, collection TEXT NOT NULL, document BLOB NOT NULL,
  generation INTEGER NOT NULL, maps TEXT NOT NULL, text BLOB NOT NULL);
CREATE UNIQUE INDEX texts_by_document ON texts (tenant, collection, document);
CREATE TABLE vectors (
  tenant TEXT NOT NULL, embedder TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL,
  PRIMARY KEY (tenant, embedder, hash)) WITHOUT ROWID;
)sql"}}};

}  // namespace

Status migrate_catalog(store::Database& work) {
  return store::migrate(work, kMigrations, "knowledge");
}

}  // namespace maester::knowledge
