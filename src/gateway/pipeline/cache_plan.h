// Which requests the response cache may answer, and under which key; what of their answers it
// keeps.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

std::optional<CacheMode> parse_cache_mode(std::string_view text);

// How the request is to use the cache.
struct CachePlan {
  CacheMode mode = CacheMode::off;
  float threshold = 1;          // of semantic
  std::string embedding_model;  // the same; "" = hashed words
  bool look = true;  // false: a fresh answer is asked for, and kept (`cache-control: no-cache`)
  std::chrono::seconds ttl{0};
};
// Code::invalid_request when the request asks for what its route does not offer.
Result<CachePlan> plan_cache(const Call& call);

// Everything that could change the answer: tenant, route of the API, model with every target that
// may answer, prompt, policy, and the body but for what only tells how the answer is to be sent.
CacheKey cache_key(const Call& call);
// The parts that are no body: to be gone on with.
CacheKeyBuilder key_without_body(std::string_view kind, const Call& call);
// The same but for the last of the body's `messages`; `space`: what the vectors were made by.
CacheKey cache_group(const Call& call, const json::Value& messages, std::string_view space);
// Every target that may answer, in an order of its own.
std::string targets_of(const Call& call);

// After the request was settled: keeps its answer if it may be kept, and tells those who wait.
void keep_in_cache(Call& call, const Services& services, bool good);
// The hit is none after all.
void leave_cache(Call& call);

}  // namespace maester::gateway
