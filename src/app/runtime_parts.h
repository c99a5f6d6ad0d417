// The long-lived parts of a serving process, in the order in which they are made.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "access/audit.h"
#include "access/authenticator.h"
#include "access/key_store.h"
#include "access/tenant_rows.h"
#include "access/vault.h"
#include "api/dependencies.h"
#include "api/loopback.h"
#include "app/audit_anchor.h"
#include "app/backup/keeper.h"
#include "app/batch_parts.h"
#include "app/config_admin.h"
#include "app/data_directory.h"
#include "app/gate_parts.h"
#include "app/knowledge_parts.h"
#include "app/live_parts.h"
#include "app/overload_watch.h"
#include "app/serve.h"
#include "app/transports.h"
#include "base/clock.h"
#include "base/random.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/routing/publisher.h"
#include "gateway/routing/recosting.h"
#include "jobs/queue.h"
#include "jobs/workers.h"
#include "meter/budgets.h"
#include "meter/ledger.h"
#include "meter/limits.h"
#include "meter/price_catalog.h"
#include "meter/recost.h"
#include "meter/usage_store.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "prompts/registry.h"
#include "runtime/worker_pool.h"
#include "store/journal.h"
#include "store/locked_database.h"
#include "store/sqlite.h"
#include "telemetry/span_store.h"

namespace maester::app {

struct EvalsParts;

// Members are destroyed from the last to the first: what uses comes after what is used.
struct Parts {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<obs::Log> log;
  std::unique_ptr<DataDirectory> data;
  store::PosixFileSystem files;
  std::unique_ptr<store::Database> control_db;
  std::unique_ptr<access::Vault> vault;
  std::unique_ptr<access::AuditLog> audit;
  std::unique_ptr<AuditAnchor> anchor;
  std::unique_ptr<ConfigAdmin> config;
  GateParts gates;
  std::unique_ptr<prompts::Registry> prompts;
  std::unique_ptr<access::KeyStore> keys;
  std::unique_ptr<access::Authenticator> authenticator;
  std::unique_ptr<store::LockedDatabase> work_db;
  std::unique_ptr<jobs::Queue> jobs;
  std::unique_ptr<access::WorkObjects> work_objects;  // what is in work_db, when a tenant is erased
  LiveParts live;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<meter::UsageStore> usage;
  std::unique_ptr<meter::Ledger> ledger;
  std::unique_ptr<meter::Budgets> budgets;
  meter::Limiter limiter{clock};
  std::unique_ptr<meter::Limits> limits;
  std::unique_ptr<telemetry::SpanStore> spans;
  obs::Registry registry;
  std::unique_ptr<jobs::Workers> workers;  // handlers are added before start()
  std::unique_ptr<gateway::Metrics> metrics;
  gateway::ConcurrencyLimiter concurrency;
  std::unique_ptr<gateway::IdempotencyStore> idempotency;
  std::unique_ptr<gateway::ResponseCache> cache;
  gateway::OverloadControl overload;
  std::unique_ptr<runtime::WorkerPool> control_pool;
  std::unique_ptr<runtime::WorkerPool> reader_pool;
  std::unique_ptr<runtime::CorePool> cores;
  std::unique_ptr<gateway::RunningCalls> running;
  std::unique_ptr<gateway::ShadowCalls> shadows;
  std::unique_ptr<Transports> transports;
  gateway::HealthBoard health;  // outlives every snapshot
  std::unique_ptr<meter::PriceCatalog> prices;
  std::unique_ptr<gateway::SnapshotPublisher> publisher;
  std::unique_ptr<gateway::SnapshotHolder> snapshots;
  std::unique_ptr<meter::RecostRunner> recosts;
  std::unique_ptr<meter::RecostStore> recost_orders;
  std::unique_ptr<gateway::Recosting> recosting;
  gateway::EvidencePort evidence;
  std::unique_ptr<gateway::Pipeline> pipeline;
  std::unique_ptr<api::PipelineLoopback> loopback;
  KnowledgeParts knowledge;
  BatchParts batches;
  std::shared_ptr<EvalsParts> evals;  // evals_parts.h
  std::unique_ptr<BackupKeeper> backups;
  std::unique_ptr<runtime::WorkerPool> backup_pool;
  std::unique_ptr<OverloadWatch> watch;
  std::atomic<bool> draining{false};
  std::unique_ptr<api::Dependencies> dependencies;
  meter::UsageStore::Recovery recovery;
};

// Makes all parts, out of `config` or of what the API put in its place since (ConfigAdmin::open);
// fails with the reason, for a person, and everything made so far is unmade.
Status make_parts(Parts& parts, const gateway::Config& config, const ServeOptions& options);

}  // namespace maester::app
