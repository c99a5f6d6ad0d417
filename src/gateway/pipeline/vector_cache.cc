#include "gateway/pipeline/vector_cache.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json_canonical.h"
#include "gateway/pipeline/cache_plan.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/stand_in.h"

namespace maester::gateway {
namespace {

// How the vectors are to be sent, or who asks; and the texts, each of which has a key of its own.
constexpr std::array<std::string_view, 4> kNotAsked{"input", "encoding_format", "user", "maester"};

std::vector<CacheKey> keys_of(const Call& call) {
  std::string body;
  json::append_canonical(body, call.document->root(), kNotAsked);
  CacheKeyBuilder common = key_without_body("embedding", call);
  common.part("body", body);
  std::vector<CacheKey> keys;
  for (const EmbeddingInput& input : call.embedding.inputs) {
    const auto* text = std::get_if<std::string>(&input);
    CacheKeyBuilder key = common;
    keys.push_back(text == nullptr ? CacheKey{} : key.part("text", *text).build());
  }
  return keys;
}

CachedAnswerPtr vector_of(const Call& call, const Attempt& attempt, CacheKey key,
                          std::vector<float> vector, WallTime now) {
  auto out = std::make_shared<CachedAnswer>();
  out->key = std::move(key);
  out->vector = std::move(vector);
  out->request_id = call.id_text;
  out->model = attempt.target->model;
  out->response.model = attempt.vectors.model;
  out->provider = attempt.target->provider->config.name;
  if (attempt.cost && attempt.cost->total) {
    const auto share = static_cast<std::int64_t>(attempt.vectors.vectors.size());
    out->cost =
        FemtoUsd::from_units(attempt.cost->total->units() / std::max<std::int64_t>(share, 1));
  }
  out->made = now;
  out->expires = now + call.cache.ttl;
  return out;
}

}  // namespace

runtime::Task<void> find_vectors(Call& call, const Services& services) {
  auto use = std::make_unique<VectorsUse>();
  use->keys = keys_of(call);
  use->known.resize(use->keys.size());
  const WallTime now = services.clock.wall();
  std::size_t known = 0;
  for (std::size_t i = 0; i < use->keys.size(); ++i) {
    if (use->keys[i].tenant.empty()) continue;
    auto finding = services.cache.find(use->keys[i], now);
    CachedAnswerPtr found = co_await std::move(finding);
    if (found == nullptr || now - found->made >= call.cache.ttl) continue;
    services.cache.count_hit(*found, false);
    services.metrics.cache_hits.add();
    use->known[i] = std::move(found);
    ++known;
  }
  for (std::size_t i = known; i < use->keys.size(); ++i) {
    services.cache.count_miss(call.principal.tenant);
    services.metrics.cache_misses.add();
  }
  if (known == use->keys.size()) {
    call.cache.state = CacheUse::State::hit;
    const Target& target = call.resolution.targets.front();
    stand_in(call, target, target.provider->adapters.own(), services);
    use->inputs = std::exchange(call.embedding.inputs, {});
  } else if (known > 0 && call.embedding.unknown_fields.empty()) {
    use->inputs = std::exchange(call.embedding.inputs, {});
    for (std::size_t i = 0; i < use->inputs.size(); ++i) {
      if (use->known[i] == nullptr) call.embedding.inputs.push_back(use->inputs[i]);
    }
    call.pass_through = false;  // the caller's bytes ask for all
  } else {
    std::ranges::fill(use->known, nullptr);  // all are asked for
    use->inputs = call.embedding.inputs;
  }
  call.cache.vectors = std::move(use);
}

void join_vectors(Call& call, const Services& services, bool good) {
  Attempt* attempt = call.attempt();
  if (!good || attempt == nullptr || call.cache.vectors == nullptr) return;
  VectorsUse& use = *call.cache.vectors;
  std::vector<std::vector<float>> asked = std::move(attempt->vectors.vectors), all;
  attempt->vectors.vectors.resize(asked.size());  // what the share of the cost is taken by
  const WallTime now = services.clock.wall();
  std::size_t next = 0;
  for (std::size_t i = 0; i < use.keys.size(); ++i) {
    if (use.known[i] != nullptr) {
      all.push_back(use.known[i]->vector);
      if (attempt->cached) attempt->vectors.model = use.known[i]->response.model;
      continue;
    }
    if (!use.keys[i].tenant.empty() && !attempt->cached) {
      services.cache.put(vector_of(call, *attempt, use.keys[i], asked[next], now));
    }
    all.push_back(std::move(asked[next++]));
  }
  attempt->vectors.vectors = std::move(all);
  call.embedding.inputs = std::move(use.inputs);
}

}  // namespace maester::gateway
