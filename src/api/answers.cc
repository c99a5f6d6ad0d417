// POST /v1/collections/{c}/answers.
#include "api/handlers.h"
#include "api/pipeline_route.h"
#include "gateway/surfaces/answers_surface.h"

namespace maester::api {

runtime::Task<void> answer_question(Context& context) {
  const gateway::AnswersSurface surface(context.parameters[0]);
  auto running = run_pipeline(context, surface);
  co_await std::move(running);
}

}  // namespace maester::api
