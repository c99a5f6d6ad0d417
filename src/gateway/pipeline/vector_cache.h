// The embedding cache: a vector for each text by itself, so a request whose texts are known in part
// asks for the others only.
#pragma once

#include <vector>

#include "gateway/cache/cached_answer.h"
#include "gateway/embedding.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

struct Call;

// What is known of a request's inputs while the others are asked for.
struct VectorsUse {
  std::vector<CacheKey> keys;          // of every input; tenant "" for tokens, which are not kept
  std::vector<CachedAnswerPtr> known;  // null: asked for
  std::vector<EmbeddingInput> inputs;  // all of them; the call's own are those asked for
};

// Finds what is known. When all is, the answer stands as the call's last attempt and
// call.cache.state is hit. Suspends for what stands on disk.
runtime::Task<void> find_vectors(Call& call, const Services& services);

// Puts known and new vectors together, in the order of the inputs; keeps the new ones when the
// answer is good.
void join_vectors(Call& call, const Services& services, bool good);

}  // namespace maester::gateway
