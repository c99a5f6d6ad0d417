// POST /v1/prompted_completion and POST /v1/reliable_completion.
#include "api/handlers.h"
#include "api/pipeline_route.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/completion_surface.h"

namespace maester::api {
namespace {

Answer blocked(const gateway::Call& call, const Error& error) {
  Answer answer;
  answer.status = 409;
  json::Writer w(answer.body);
  w.begin_object()
      .key("detail")
      .begin_object()
      .field("message", error.message)
      .key("budget")
      .begin_object();
  const gateway::BudgetOutcome& budget = call.budget;
  w.field("allowed", false)
      .field("reason", budget.reason)
      .field("effective_model", budget.effective_model);
  w.field("fallback_applied", budget.fallback_applied).key("estimate");
  gateway::write_estimate(w, budget.estimate, true);
  w.end_object()
      .end_object()
      .field("code", to_string(error.code))
      .field("request_id", call.id_text)
      .end_object();
  return answer;
}

}  // namespace

runtime::Task<void> prompted_completion(Context& context) {
  static const gateway::PromptedCompletionSurface kSurface;
  return run_pipeline(context, kSurface);
}

runtime::Task<void> reliable_completion(Context& context) {
  static const gateway::ReliableCompletionSurface kSurface;
  return run_pipeline(context, kSurface, blocked);
}

}  // namespace maester::api
