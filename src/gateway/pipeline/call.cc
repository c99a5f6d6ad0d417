#include "gateway/pipeline/call.h"

#include "gateway/pipeline/once.h"
#include "gateway/pipeline/structured.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

Call::Call() = default;
Call::~Call() = default;

}  // namespace maester::gateway
