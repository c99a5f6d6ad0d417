#include "app/runtime_parts.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "access/kek_rotation.h"
#include "app/evals_parts.h"
#include "prompts/dev_prompts.h"

namespace maester::app {
namespace {

obs::Level log_level(std::string_view name) {
  if (name == "debug") return obs::Level::debug;
  if (name == "warn") return obs::Level::warn;
  if (name == "error") return obs::Level::error;
  return obs::Level::info;
}

unsigned core_count(const gateway::Config& config) {
  if (config.cores > 0) return config.cores;
  return std::max(1u, std::thread::hardware_concurrency());
}

Status open_vault(Parts& parts) {
  const char* given = std::getenv("MAESTER_KEK");
  TRY_ASSIGN(
      parts.vault,
      access::open_vault(*parts.control_db,
                         {parts.data->file("kek"), given != nullptr ? given : ""}, parts.random));
  TRY_ASSIGN(const std::string digest_key, parts.vault->system_secret("audit"));
  TRY_ASSIGN(parts.audit, access::AuditLog::open(*parts.control_db, parts.clock, digest_key));
  parts.anchor = std::make_unique<AuditAnchor>(parts.data->file("audit.anchors"), *parts.control_db,
                                               *parts.audit, parts.clock, *parts.log);
  return {};
}

// The keys of the configuration and of `admin.key`, beside those of the API.
Status configure_keys(Parts& parts, const gateway::Config& config, bool dev) {
  std::vector<access::GivenKey> given;
  for (const gateway::ConfiguredKey& key : config.keys) {
    given.push_back({key.key.reveal(), key.name, key.tenant,
                     access::parse_role(key.role).value_or(access::Role::viewer)});
  }
  TRY_ASSIGN(const std::string admin, parts.data->admin_key(parts.random, !dev));
  if (!admin.empty()) given.push_back({admin, "admin", "default", access::Role::admin});
  TRY_ASSIGN(const auto left_out, parts.keys->configure(given));
  for (const std::string& id : left_out) {
    parts.log->event(obs::Level::warn, "key_of_erased_tenant")
        .field("key_id", id)
        .field("reason", "Its tenant was erased; remove the key from the configuration.");
  }
  return {};
}

Status open_keys(Parts& parts, const gateway::Config& config, bool dev) {
  TRY_ASSIGN(parts.keys, access::KeyStore::open({*parts.control_db, *parts.vault, *parts.audit,
                                                 parts.clock, parts.random},
                                                core_count(config)));
  parts.keys->also_erase(*parts.prompts);
  parts.keys->also_erase(*parts.gates.gates);
  TRY(configure_keys(parts, config, dev));
  parts.authenticator =
      std::make_unique<access::Authenticator>(parts.keys->view(), parts.clock, parts.registry, dev);
  return {};
}

// What runs under a key that is no more is ended.
void end_with_keys(Parts& parts) {
  parts.keys->on_ended([&parts](std::string_view tenant, std::string_view key_id) {
    parts.running->end(
        [tenant = std::string(tenant), key_id = std::string(key_id)](const auto& principal) {
          return principal.tenant == tenant && (key_id.empty() || principal.key_id == key_id);
        },
        make_error(Code::unauthenticated,
                   "The key was revoked while the request ran; what was received until then is "
                   "charged."));
  });
}

// From here on the configuration is parts.config->config().
Status open_config(Parts& parts, const ServeOptions& options) {
  TRY_ASSIGN(store::Database control,
             store::Database::open(parts.data->file("control.db"), store::Database::Sync::full));
  parts.control_db = std::make_unique<store::Database>(std::move(control));
  TRY(open_vault(parts));
  TRY_ASSIGN(parts.config,
             ConfigAdmin::open(*parts.control_db, *parts.vault, *parts.audit, parts.clock,
                               *parts.log, options.source, options.config_text));
  return {};
}

Status open_control(Parts& parts, const gateway::Config& config, bool dev) {
  TRY(open_gates(parts));
  TRY_ASSIGN(parts.prompts, prompts::Registry::open(*parts.control_db, parts.clock, *parts.audit,
                                                    *parts.gates.gates));
  if (dev) TRY(prompts::install_dev_prompts(*parts.prompts));
  return open_keys(parts, config, dev);
}

// Before the ledger: the projection tells of requests that ended, and what is kept of them is here.
Status open_work(Parts& parts) {
  TRY_ASSIGN(store::Database work,
             store::Database::open(parts.data->file("work.db"), store::Database::Sync::full));
  parts.work_db = std::make_unique<store::LockedDatabase>(std::move(work));
  TRY_ASSIGN(parts.jobs, jobs::Queue::open(*parts.work_db, parts.clock, parts.random));
  parts.work_objects = std::make_unique<access::WorkObjects>(*parts.work_db, *parts.log);
  parts.work_objects->add(*parts.jobs);
  parts.keys->also_erase(*parts.work_objects);
  return open_live(parts);
}

Status open_ledger(Parts& parts, const gateway::Config& config) {
  store::JournalConfig journal;
  journal.directory = parts.data->file("journal");
  journal.lanes = core_count(config);
  journal.durability = config.durability;
  TRY_ASSIGN(parts.journal, store::Journal::open(parts.files, journal));
  meter::UsageStore::Options usage;
  usage.path = parts.data->file("usage.db");
  usage.clock = &parts.clock;
  usage.observer = parts.live.watcher.get();
  TRY_ASSIGN(parts.usage, meter::UsageStore::open(*parts.journal, usage));
  TRY_ASSIGN(parts.recovery, parts.usage->recover());
  parts.ledger = std::make_unique<meter::Ledger>(parts.clock);
  TRY_ASSIGN(const auto totals, parts.usage->scope_totals());
  for (const meter::ScopeTotal& total : totals)
    parts.ledger->load(total.tenant, total.scope, total.settled, total.request_count);
  TRY_ASSIGN(parts.budgets,
             meter::Budgets::open(*parts.control_db, *parts.ledger, *parts.audit, parts.clock));
  TRY_ASSIGN(parts.limits,
             meter::Limits::open(*parts.control_db, parts.limiter, *parts.audit, parts.clock));
  parts.keys->also_erase(*parts.budgets);
  parts.keys->also_erase(*parts.limits);
  TRY_ASSIGN(const auto spent, parts.usage->budget_totals());
  for (const meter::BudgetTotal& total : spent)
    parts.ledger->load_spent(total.tenant, total.charge, total.settled);
  return {};
}

Status open_idempotency(Parts& parts, const gateway::Config& config) {
  TRY_ASSIGN(parts.idempotency,
             gateway::IdempotencyStore::open(parts.data->file("idempotency.db"),
                                             config.durability == store::Durability::power,
                                             *parts.vault, parts.clock, {}));
  return {};
}

Status open_cache(Parts& parts, const gateway::Config& config) {
  const gateway::CacheConfig& cache = config.cache;
  std::unique_ptr<gateway::AnswerFile> file;
  if (cache.disk_mb > 0) {
    TRY_ASSIGN(file, gateway::AnswerFile::open(parts.data->file("cache.db"), *parts.vault,
                                               parts.clock, cache.disk_mb << 20));
  }
  const gateway::ResponseCache::Bounds bounds{
      .memory = static_cast<std::size_t>(cache.memory_mb) << 20,
      .entry = static_cast<std::size_t>(cache.max_entry_kb) << 10,
      .questions = static_cast<std::size_t>(cache.max_questions)};
  parts.cache = std::make_unique<gateway::ResponseCache>(bounds, std::move(file));
  parts.keys->also_erase(*parts.cache);
  return {};
}

Status open_spans(Parts& parts, const gateway::Config& config) {
  telemetry::SpanStoreConfig spans;
  spans.directory = parts.data->file("spans");
  spans.retention_days = config.retention_days;
  TRY_ASSIGN(parts.spans, telemetry::SpanStore::open(parts.clock, spans));
  return {};
}

// work.db and what runs out of it; whoever has handlers or rows there adds them in make_parts().
Status open_workers(Parts& parts, const gateway::Config& config) {
  const jobs::WorkerSettings settings{
      .threads = static_cast<std::size_t>(config.jobs.workers),
      .per_tenant = static_cast<std::size_t>(config.jobs.per_tenant)};
  parts.workers = jobs::Workers::make(*parts.jobs, *parts.work_db, parts.clock, parts.random,
                                      *parts.log, parts.registry, *parts.spans, settings);
  return {};
}

// Memory is scarce, or is so no more.
void spare_memory(Parts& parts, bool scarce) {
  if (scarce) parts.cache->shrink();
  parts.workers->pause(scarce);
  parts.batches.workers->pause(scarce);
}

Status make_recosting(Parts& parts) {
  parts.recosts = std::make_unique<meter::RecostRunner>(*parts.journal, *parts.usage,
                                                        parts.cores->at(0), parts.clock);
  TRY_ASSIGN(parts.recost_orders, meter::RecostStore::open(*parts.control_db, *parts.audit));
  parts.recosting = std::make_unique<gateway::Recosting>(*parts.publisher, *parts.prices,
                                                         *parts.recost_orders, *parts.recosts);
  // What is not written down is done again by the next start, and changes nothing.
  parts.recosts->on_end([&parts](const meter::RecostRun& run) {
    (void)parts.control_pool->submit([&parts, run] { (void)parts.recosting->ended(run); });
  });
  return {};
}

Status make_gateway(Parts& parts, const gateway::Config& config, bool dev) {
  parts.cores = std::make_unique<runtime::CorePool>(core_count(config), parts.clock, parts.random);
  parts.running = std::make_unique<gateway::RunningCalls>(*parts.cores);
  parts.shadows = std::make_unique<gateway::ShadowCalls>(*parts.cores);
  end_with_keys(parts);
  parts.transports = std::make_unique<Transports>(*parts.cores, parts.clock);
  TRY_ASSIGN(const auto transport_for, parts.transports->for_config(config));
  TRY_ASSIGN(parts.prices, meter::PriceCatalog::open(*parts.control_db, *parts.audit));
  parts.publisher = std::make_unique<gateway::SnapshotPublisher>(
      config, *parts.prices, transport_for, parts.health, parts.clock);
  TRY_ASSIGN(auto snapshot, parts.publisher->make());
  parts.snapshots =
      std::make_unique<gateway::SnapshotHolder>(std::move(snapshot), parts.cores->size());
  parts.publisher->attach(*parts.snapshots);
  parts.config->attach(*parts.publisher, *parts.transports,
                       [&parts, dev](const gateway::Config& next) -> Status {
                         TRY(configure_keys(parts, next, dev));
                         parts.log->set_level(log_level(next.log_level));
                         return {};
                       });
  TRY(make_recosting(parts));
  parts.metrics = std::make_unique<gateway::Metrics>(parts.registry);
  parts.pipeline = std::make_unique<gateway::Pipeline>(gateway::Services{
      parts.clock, *parts.snapshots, *parts.authenticator, *parts.vault, *parts.prompts,
      *parts.journal, *parts.ledger, parts.limiter, *parts.spans, *parts.log, *parts.metrics,
      parts.concurrency, *parts.idempotency, *parts.cache, *parts.running, parts.overload,
      *parts.shadows, parts.evidence, dev});
  parts.loopback = std::make_unique<api::PipelineLoopback>(*parts.pipeline, *parts.cores);
  return {};
}

}  // namespace

Status make_parts(Parts& parts, const gateway::Config& given, const ServeOptions& options) {
  parts.log = std::make_unique<obs::Log>(parts.clock, 2, log_level(given.log_level));
  TRY_ASSIGN(DataDirectory data, DataDirectory::open(given.data_dir));
  parts.data = std::make_unique<DataDirectory>(std::move(data));
  TRY(open_config(parts, options));
  const gateway::Config& config = parts.config->config();
  TRY(open_control(parts, config, options.dev));
  TRY(open_work(parts));
  TRY(open_ledger(parts, config));
  TRY(open_spans(parts, config));
  TRY(open_workers(parts, config));
  TRY(open_idempotency(parts, config));
  TRY(open_cache(parts, config));
  parts.control_pool = std::make_unique<runtime::WorkerPool>("control", 1, 1024);
  parts.reader_pool = std::make_unique<runtime::WorkerPool>("readers", 2, 1024);
  TRY(make_gateway(parts, config, options.dev));
  parts.watch =
      std::make_unique<OverloadWatch>(*parts.cores, parts.overload, parts.concurrency, *parts.log,
                                      memory_limit(config.limits.memory_mb),
                                      [&parts](bool scarce) { spare_memory(parts, scarce); });
  TRY(open_knowledge(parts, config));
  TRY(open_batches(parts, config));
  TRY(open_evals(parts));
  attach_gates(parts);
  make_live_job(parts);
  TRY(parts.work_objects->erase_again(parts.keys->erased()));
  TRY_ASSIGN(parts.backups, open_backups(parts));
  parts.backup_pool = std::make_unique<runtime::WorkerPool>("backup", 2, 16);
  parts.dependencies =
      std::make_unique<api::Dependencies>(api::Dependencies{*parts.pipeline,
                                                            *parts.prompts,
                                                            *parts.budgets,
                                                            *parts.limits,
                                                            *parts.usage,
                                                            *parts.spans,
                                                            *parts.journal,
                                                            *parts.vault,
                                                            *parts.keys,
                                                            *parts.audit,
                                                            *parts.config,
                                                            parts.registry,
                                                            *parts.control_pool,
                                                            *parts.reader_pool,
                                                            parts.clock,
                                                            options.dev,
                                                            parts.draining,
                                                            *parts.prices,
                                                            *parts.publisher,
                                                            *parts.recosts,
                                                            *parts.recosting,
                                                            *parts.jobs,
                                                            *parts.knowledge.searcher,
                                                            *parts.knowledge.pool,
                                                            *parts.backups,
                                                            *parts.batches.files,
                                                            *parts.batches.batches,
                                                            *parts.batches.pool,
                                                            *parts.backup_pool,
                                                            *parts.evals->services,
                                                            *parts.live.rules,
                                                            *parts.live.reviews});
  return {};
}

}  // namespace maester::app
