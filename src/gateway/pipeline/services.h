// What the stages work with. All outlive the pipeline; wired by hand in app/.
#pragma once

#include "access/authenticator.h"
#include "access/vault.h"
#include "base/clock.h"
#include "gateway/cache/response_cache.h"
#include "gateway/evidence/evidence.h"
#include "gateway/idempotency.h"
#include "gateway/pipeline/concurrency.h"
#include "gateway/pipeline/metrics.h"
#include "gateway/pipeline/running.h"
#include "gateway/pipeline/shadow.h"
#include "gateway/routing/snapshot.h"
#include "meter/ledger.h"
#include "meter/limiter.h"
#include "obs/log.h"
#include "prompts/registry.h"
#include "store/journal.h"
#include "telemetry/span_store.h"

namespace maester::gateway {

// Where evidence comes from: set once, before the first request. Null: from nowhere.
struct EvidencePort {
  const EvidenceSource* source = nullptr;
};

struct Services {
  const Clock& clock;
  SnapshotHolder& snapshots;
  const access::Authenticator& authenticator;
  access::Vault& vault;
  const prompts::Registry& prompts;
  store::Journal& journal;
  meter::Ledger& ledger;
  meter::Limiter& limiter;
  telemetry::SpanStore& spans;
  obs::Log& log;
  Metrics& metrics;
  ConcurrencyLimiter& concurrency;
  IdempotencyStore& idempotency;
  ResponseCache& cache;
  RunningCalls& running;
  const OverloadControl& overload;
  ShadowCalls& shadows;
  const EvidencePort& evidence;
  bool dev = false;  // no limits per key
};

}  // namespace maester::gateway
