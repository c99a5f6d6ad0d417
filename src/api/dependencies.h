// What the routes work with. All outlive the server; wired by hand in app/.
#pragma once

#include <atomic>

#include "access/audit.h"
#include "access/key_store.h"
#include "api/backup_service.h"
#include "api/config_service.h"
#include "evals/live/live_store.h"
#include "evals/reviews/review.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/routing/publisher.h"
#include "gateway/routing/recosting.h"
#include "jobs/queue.h"
#include "knowledge/search.h"
#include "meter/budgets.h"
#include "meter/limits.h"
#include "meter/price_catalog.h"
#include "meter/recost.h"
#include "meter/usage_store.h"
#include "obs/metrics.h"
#include "prompts/registry.h"
#include "runtime/worker_pool.h"
#include "store/journal.h"
#include "telemetry/span_store.h"

namespace maester::batches {
class BatchStore;
class FileStore;
}  // namespace maester::batches

namespace maester::api {

struct EvalServices;  // eval_services.h

struct Dependencies {
  const gateway::Pipeline& pipeline;
  prompts::Registry& prompts;
  meter::Budgets& budgets;
  meter::Limits& limits;
  meter::UsageStore& usage;
  telemetry::SpanStore& spans;
  store::Journal& journal;
  access::Vault& vault;
  access::KeyStore& keys;
  access::AuditLog& audit;
  ConfigService& config;  // on `control` only
  obs::Registry& metrics;
  runtime::WorkerPool& control;  // one thread: whatever writes control.db
  runtime::WorkerPool& readers;  // blocking reads: usage.db, spans, receipts
  const Clock& clock;
  bool dev = false;
  std::atomic<bool>& draining;
  meter::PriceCatalog& prices;
  gateway::SnapshotPublisher& publisher;
  meter::RecostRunner& recosts;
  gateway::Recosting& recosting;  // on `control` only
  jobs::Queue& jobs;
  const knowledge::Searcher& searcher;
  runtime::WorkerPool& knowledge;  // reads and writes of work.db and the indexes
  BackupService& backups;
  batches::FileStore& files;
  batches::BatchStore& batches;
  runtime::WorkerPool& batch_pool;   // files and the rows of batches
  runtime::WorkerPool& backup_pool;  // two threads: the one that makes a backup, and who is told so
  EvalServices& evals;               // used in `knowledge`
  evals::LiveStore& live_rules;      // on `knowledge`, as are the reviews
  evals::ReviewStore& reviews;

  const gateway::Services& services() const { return pipeline.services(); }
};

}  // namespace maester::api
