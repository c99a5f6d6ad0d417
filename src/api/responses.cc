// POST /v1/responses and POST /v1/completions.
#include "api/handlers.h"
#include "api/pipeline_route.h"
#include "gateway/surfaces/responses_surface.h"
#include "gateway/surfaces/text_completion.h"

namespace maester::api {

runtime::Task<void> responses(Context& context) {
  static const gateway::ResponsesSurface kSurface;
  return run_pipeline(context, kSurface);
}

runtime::Task<void> text_completions(Context& context) {
  static const gateway::TextCompletionSurface kSurface;
  return run_pipeline(context, kSurface);
}

}  // namespace maester::api
