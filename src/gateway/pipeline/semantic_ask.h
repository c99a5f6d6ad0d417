// The question of a request whose answer may be that of a question like it.
#pragma once

#include <memory>

#include "gateway/cache/semantic_index.h"
#include "gateway/pipeline/services.h"
#include "runtime/task.h"

namespace maester::gateway {

struct Call;
struct CachePlan;

struct SemanticAsk {
  CacheKey group;  // everything but the question, and what its vector was made by
  Question question;
};

// Null for a request that is only ever equal to itself: with tools, with anything but text in its
// last message, with a body that has no messages, or with a question above 8 KiB. When the plan
// names an embedding model that one is asked, in the caller's name and at its cost; null when it
// does not answer within two seconds.
runtime::Task<std::unique_ptr<SemanticAsk>> semantic_ask(Call& call, const CachePlan& plan,
                                                         const Services& services);

}  // namespace maester::gateway
