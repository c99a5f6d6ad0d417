#include "gateway/pipeline/call.h"

#include "gateway/pipeline/guard_state.h"
#include "gateway/pipeline/once.h"
#include "gateway/pipeline/semantic_ask.h"
#include "gateway/pipeline/surface.h"
#include "gateway/pipeline/vector_cache.h"

namespace maester::gateway {

Call::Call() = default;
Call::~Call() = default;

}  // namespace maester::gateway
