// POST /v1/embeddings and POST /v1/rerank.
#include "api/handlers.h"
#include "api/pipeline_route.h"
#include "gateway/surfaces/embeddings_surface.h"
#include "gateway/surfaces/rerank_surface.h"

namespace maester::api {

runtime::Task<void> embeddings(Context& context) {
  static const gateway::EmbeddingsSurface kSurface;
  return run_pipeline(context, kSurface);
}

runtime::Task<void> rerank(Context& context) {
  static const gateway::RerankSurface kSurface;
  return run_pipeline(context, kSurface);
}

}  // namespace maester::api
