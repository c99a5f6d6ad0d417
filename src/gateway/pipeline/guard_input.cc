#include "gateway/pipeline/guard_remote.h"
#include "gateway/pipeline/guard_text.h"
#include "gateway/pipeline/guard_tools.h"
#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway::stages {
namespace {

// Puts the redactions of the messages into everything else that holds their texts: the bytes that
// are forwarded, and what would be kept of the request.
void spread(Call& call, const Replaced& replaced) {
  if (call.pass_through && call.document) {
    auto edited = redact_json(*call.document, replaced);
    if (edited) {
      call.body = std::move(*edited);
      if (auto document = json::Document::parse(call.body)) call.document = std::move(*document);
    } else {
      call.pass_through = false;  // it is written anew from the messages
    }
  }
  guard::Report unused;
  guard::Judge judge(call.policy->input(), "input", unused);
  if (!call.prompt.text.empty()) judge.text(call.prompt.text, "");
  if (!call.options.variables_json.empty()) judge.json(call.options.variables_json, "");
}

Status judge_request(Call& call) {
  guard::Judge judge(call.policy->input(), "input", call.guarded->report);
  Replaced replaced;
  judge_messages(judge, call.chat.messages, replaced);
  judge_inputs(judge, call.embedding, call.rerank, replaced);
  judge.finish();
  if (judge.blocker() != nullptr) return fail(policy_refusal(*call.policy, judge, true));
  if (!replaced.empty()) spread(call, replaced);
  return {};
}

Status guard_request(Call& call) {
  const guard::Rulebook& book = call.snapshot->rulebook();
  const RouteConfig* route = call.resolution.rules;
  call.policy = book.policy_for(call.principal.tenant, call.principal.key_id,
                                route == nullptr ? "" : route->policy);
  if (call.policy == nullptr && book.tools().empty()) return {};
  call.guarded = std::make_unique<GuardState>();
  if (!book.tools().empty()) {
    TRY(govern_declared(call, book.tools()));
    // An invalid call can be sent back to the model only as long as the client has seen nothing.
    const bool repairs = book.tools().rules().on_invalid == guard::ToolFault::repair;
    call.held_back = call.held_back || (repairs && !call.chat.tools.empty());
  }
  if (call.policy == nullptr) return {};
  call.held_back = call.held_back || call.policy->output().holds_back;
  return call.policy->input().empty() ? Status{} : judge_request(call);
}

}  // namespace

runtime::Task<Status> guard_input(Call& call, const Services& services) {
  Status outcome = guard_request(call);
  if (outcome && call.policy != nullptr && call.policy->input().remote) {
    auto asking = ask_remote(call, services, call.policy->input(), "input", texts_of(call));
    outcome = co_await std::move(asking);
  }
  if (outcome) co_return outcome;
  call.decision = Decision::refuse;
  services.metrics.guard_refusals.add();
  auto journaling = journal_unsent(call, services, outcome.error());
  CO_TRY(co_await std::move(journaling));
  co_return outcome;
}

}  // namespace maester::gateway::stages
