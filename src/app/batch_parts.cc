#include "app/batch_parts.h"

#include <algorithm>

#include "app/runtime_parts.h"

namespace maester::app {
namespace {

constexpr std::chrono::seconds kKeep{10};

const gateway::ModelConfig* model_of(const gateway::Config& config, std::string_view name) {
  const auto exact = std::ranges::find(config.models, name, &gateway::ModelConfig::name);
  if (exact != config.models.end()) return &*exact;
  const auto pattern = std::ranges::find_if(config.models, [&](const auto& model) {
    return model.is_pattern() &&
           name.starts_with(std::string_view(model.name).substr(0, model.name.size() - 1));
  });
  return pattern == config.models.end() ? nullptr : &*pattern;
}

// Of a route: what all its targets grant, for any of them may answer.
batches::Grant grant_of(const gateway::Config& config, std::string_view asked) {
  const std::string_view name = asked.empty() ? std::string_view(config.default_model) : asked;
  const auto route = std::ranges::find(config.routes, name, &gateway::RouteConfig::name);
  std::vector<const gateway::ModelConfig*> targets;
  if (route == config.routes.end()) {
    targets.push_back(model_of(config, name));
  } else {
    for (const gateway::RouteTarget& target : route->targets)
      targets.push_back(model_of(config, target.model));
  }
  batches::Grant out;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == nullptr) return {};
    const batches::Grant one{targets[i]->batch_service_tier, targets[i]->batch_price};
    if (i == 0) out = one;
    if (one.service_tier != out.service_tier) out.service_tier.clear();
    out.batch_price = out.batch_price && one.batch_price;
  }
  return out;
}

batches::BatchRules rules_of(const Parts& parts) {
  const auto snapshot = parts.snapshots->newest();
  const gateway::Config& config = snapshot->config();
  const auto configured = static_cast<std::size_t>(config.batches.concurrency);
  return {
      .concurrency = parts.batches.concurrency > 0 ? parts.batches.concurrency : configured,
      .max_lines = config.batches.max_lines,
      .max_line = config.limits.chat_body,
      .grant = [snapshot](std::string_view model) { return grant_of(snapshot->config(), model); }};
}

}  // namespace

Status open_batches(Parts& parts, const gateway::Config& config) {
  BatchParts& made = parts.batches;
  TRY_ASSIGN(made.files,
             batches::FileStore::open(*parts.work_db, parts.files, parts.data->file("files"),
                                      *parts.vault, parts.clock, parts.random));
  made.batches = batches::BatchStore::make(*parts.work_db, *parts.jobs, *parts.vault, parts.clock,
                                           parts.random);
  parts.work_objects->add(*made.batches);
  parts.work_objects->add(*made.files);
  made.job = std::make_unique<batches::BatchJob>(*made.batches, *made.files, *parts.loopback,
                                                 parts.clock, [&parts] { return rules_of(parts); });
  const jobs::WorkerSettings settings{
      .group = "batches",
      .threads = static_cast<std::size_t>(config.batches.at_once),
      .per_tenant = static_cast<std::size_t>(config.batches.per_tenant)};
  made.workers = jobs::Workers::make(*parts.jobs, *parts.work_db, parts.clock, parts.random,
                                     *parts.log, parts.registry, *parts.spans, settings);
  made.workers->handle(std::string(batches::kBatchJob),
                       [&made](jobs::Run& run) { return made.job->run(run); });
  made.pool = std::make_unique<runtime::WorkerPool>("batches", 4, 4096);
  return {};
}

void keep_batches(Parts& parts) {
  static constexpr MonoTime kNever{};
  BatchParts& made = parts.batches;
  const MonoTime now = parts.clock.mono();
  if (made.kept_at != kNever && now - made.kept_at < kKeep) return;
  made.kept_at = now;
  (void)made.pool->submit([&parts, &made] {
    const auto tell = [&](const Error& error) {
      parts.log->event(obs::Level::error, "batch_upkeep_failed")
          .field("reason", error.message)
          .field("detail", error.detail);
    };
    if (const auto expired = made.files->expire(); !expired) tell(expired.error());
    if (const auto adopted = made.batches->adopt(); !adopted) tell(adopted.error());
  });
}

}  // namespace maester::app
