#include "api/data_plane.h"

#include <algorithm>
#include <array>

#include "codec/json_writer.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/chat_surface.h"
#include "gateway/surfaces/completion_surface.h"
#include "gateway/surfaces/embeddings_surface.h"
#include "gateway/surfaces/messages_surface.h"
#include "gateway/surfaces/rerank_surface.h"
#include "gateway/surfaces/responses_surface.h"
#include "gateway/surfaces/text_completion.h"

namespace maester::api {
namespace {

// CONTRACT.md §5: a reliable completion's own form of it.
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

const DataPlane* find_data_plane(std::string_view path) {
  static const gateway::ChatSurface kChat;
  static const gateway::ResponsesSurface kResponses;
  static const gateway::TextCompletionSurface kTextCompletion;
  static const gateway::EmbeddingsSurface kEmbeddings;
  static const gateway::RerankSurface kRerank;
  static const gateway::MessagesSurface kMessages;
  static const gateway::PromptedCompletionSurface kPrompted;
  static const gateway::ReliableCompletionSurface kReliable;
  static const std::array kTable{
      DataPlane{"/v1/chat/completions", kChat},
      DataPlane{"/v1/messages", kMessages},
      DataPlane{"/v1/responses", kResponses},
      DataPlane{"/v1/embeddings", kEmbeddings},
      DataPlane{"/v1/completions", kTextCompletion},
      DataPlane{"/v1/rerank", kRerank},
      DataPlane{"/v1/prompted_completion", kPrompted},
      DataPlane{"/v1/reliable_completion", kReliable, blocked},
  };
  const auto* found = std::ranges::find(kTable, path, &DataPlane::path);
  return found == kTable.end() ? nullptr : found;
}

runtime::Task<void> data_plane(Context& context) {
  const DataPlane& plane = *find_data_plane(context.route.pattern);
  return run_pipeline(context, plane.surface, plane.budget_refusal);
}

}  // namespace maester::api
