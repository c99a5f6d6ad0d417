// The long-lived parts of the knowledge engine, in the order in which they are made.
#pragma once

#include <memory>

#include "ingest/extraction.h"
#include "knowledge/catalog.h"
#include "knowledge/evidence_finder.h"
#include "knowledge/ingest_job.h"
#include "knowledge/library.h"
#include "knowledge/search.h"
#include "knowledge/url_fetcher.h"
#include "runtime/worker_pool.h"
#include "wire/client.h"

namespace maester::app {

struct Parts;

// Members are destroyed from the last to the first.
struct KnowledgeParts {
  std::unique_ptr<runtime::WorkerPool> pool;  // of searches, and of work.db for the API
  std::unique_ptr<knowledge::Catalog> catalog;
  std::unique_ptr<knowledge::Library> library;
  std::unique_ptr<knowledge::Searcher> searcher;
  std::unique_ptr<knowledge::EvidenceFinder> evidence;
  std::unique_ptr<wire::Transport> transport;
  std::unique_ptr<knowledge::UrlFetcher> fetcher;
  std::unique_ptr<ingest::Extractor> extractor;
  std::unique_ptr<knowledge::IngestJob> ingest;
  std::unique_ptr<knowledge::BuildJob> build;
};

// REQUIRES: everything of `parts` up to its pipeline is made; the workers do not run yet.
Status open_knowledge(Parts& parts, const gateway::Config& config);

}  // namespace maester::app
