// The question of a request whose answer may be that of a question like it.
#pragma once

#include <memory>

#include "gateway/cache/semantic_index.h"

namespace maester::gateway {

struct Call;

struct SemanticAsk {
  CacheKey group;  // everything but the question
  Question question;
};

// Null for a request that is only ever equal to itself: with tools, with anything but text in its
// last message, with a body that has no messages, or with a question above 8 KiB.
std::unique_ptr<SemanticAsk> semantic_ask(const Call& call);

}  // namespace maester::gateway
