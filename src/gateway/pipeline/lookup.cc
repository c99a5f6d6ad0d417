#include "gateway/pipeline/cache_plan.h"
#include "gateway/pipeline/semantic_ask.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/stand_in.h"
#include "gateway/pipeline/stream_relay.h"
#include "gateway/pipeline/vector_cache.h"

namespace maester::gateway::stages {
namespace {

// The target that gave the kept answer; the first one when it is called otherwise by now.
const Target& target_of(const Call& call, const CachedAnswer& answer) {
  for (const Target& target : call.resolution.targets) {
    if (target.model == answer.model && target.provider->config.name == answer.provider)
      return target;
  }
  return call.resolution.targets.front();
}

runtime::Task<Status> take(Call& call, CachedAnswerPtr answer, bool shared,
                           const Services& services) {
  call.cache.state = CacheUse::State::hit;
  call.cache.shared = shared;
  call.cache.answer = std::move(answer);
  const Target& target = target_of(call, *call.cache.answer);
  Attempt& attempt = stand_in(
      call, target, target.provider->adapters.for_caller(call.surface->protocol()), services);
  attempt.response = call.cache.answer->response;
  attempt.raw_body = call.cache.answer->raw_body;
  if (call.options.budget_asked) {
    call.budget.reason = "served_from_cache";
    call.budget.effective_model = call.budget.estimate.model = attempt.target->model;
    const meter::ScopeTotals totals =
        services.ledger.totals(call.principal.tenant, call.options.budget_scope);
    call.budget.scope_requests = totals.request_count;
    call.budget.scope_cost = totals.settled;
  }
  if (!call.chat.stream) co_return Status{};
  auto streaming = stream_whole(call, attempt);
  co_return co_await std::move(streaming);
}

// Kept for longer than this request wants to see it.
bool too_old(const CachedAnswer& answer, const Call& call, WallTime now) {
  return now - answer.made >= call.cache.ttl;
}

// The answer to a question like this one; null when there is none that may be given. The question
// is remembered for the answer that will be given to it.
runtime::Task<CachedAnswerPtr> find_alike(Call& call, const CachePlan& plan,
                                          const Services& services) {
  auto asking = semantic_ask(call, plan, services);
  call.cache.semantic = co_await std::move(asking);
  if (call.cache.semantic == nullptr || !plan.look) co_return nullptr;
  const WallTime now = services.clock.wall();
  const auto found = services.cache.questions().find(
      call.cache.semantic->group, call.cache.semantic->question, plan.threshold, now);
  if (!found) co_return nullptr;
  auto finding = services.cache.find(found->answer, now);
  CachedAnswerPtr answer = co_await std::move(finding);
  if (answer == nullptr || too_old(*answer, call, now)) co_return nullptr;
  call.cache.similarity = found->similarity;
  // Those who wait for this request asked the same.
  if (call.cache.lead != nullptr) call.cache.lead->answered(answer);
  call.cache.lead.reset();
  co_return answer;
}

}  // namespace

runtime::Task<Status> lookup(Call& call, const Services& services) {
  CO_TRY_ASSIGN(const CachePlan plan, plan_cache(call));
  if (plan.mode == CacheMode::off) co_return Status{};
  CacheUse& cache = call.cache;
  cache.state = CacheUse::State::miss;
  cache.ttl = plan.ttl;
  if (call.operation == Operation::embeddings) {
    auto finding = find_vectors(call, services);
    co_await std::move(finding);
    co_return Status{};
  }
  cache.key = cache_key(call);
  const WallTime now = services.clock.wall();
  CachedAnswerPtr answer;
  bool shared = false;
  if (plan.look) {
    auto finding = services.cache.find(cache.key, now);
    answer = co_await std::move(finding);
    if (answer != nullptr && too_old(*answer, call, now)) answer = nullptr;
  }
  if (plan.look && answer == nullptr) {
    auto joining = services.cache.flights().join(cache.key.digest, {call.deadline, call.gone});
    CO_TRY_ASSIGN(Flights::Joined joined, co_await std::move(joining));
    cache.lead = std::move(joined.lead);
    answer = std::move(joined.answer);
    shared = answer != nullptr;
  }
  // Behind the flight: of equal requests only one is compared, and asks for a vector.
  if (answer == nullptr && plan.mode == CacheMode::semantic) {
    auto finding = find_alike(call, plan, services);
    answer = co_await std::move(finding);
  }
  if (!plan.look) co_return Status{};
  if (answer == nullptr) {
    services.cache.count_miss(call.principal.tenant);
    services.metrics.cache_misses.add();
    co_return Status{};
  }
  services.cache.count_hit(*answer, shared);
  services.metrics.cache_hits.add();
  auto taking = take(call, std::move(answer), shared, services);
  co_return co_await std::move(taking);
}

}  // namespace maester::gateway::stages
