#include "gateway/pipeline/guard_remote.h"
#include "gateway/pipeline/guard_text.h"
#include "gateway/pipeline/guard_tools.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/stream_relay.h"

namespace maester::gateway::stages {
namespace {

// The answer is not what the provider sent any more: its bytes are edited where its texts stand in
// them, else written anew; a stream that was held back likewise.
void spread(Call& call, Attempt& attempt, const Replaced* replaced) {
  if (!attempt.raw_body.empty()) {
    std::optional<std::string> edited;
    if (replaced != nullptr) {
      if (const auto document = json::Document::parse(attempt.raw_body))
        edited = redact_json(*document, *replaced);
    }
    attempt.raw_body = std::move(edited).value_or("");
  }
  if (call.chat.stream && call.held_back && call.writer != nullptr) {
    attempt.held_bytes.clear();
    call.writer = call.surface->stream_writer(call);
    call.writer->append_events(attempt.held_bytes, events_of(attempt.response));
  }
}

Error refuse(Call& call, const Services& services, Error error) {
  call.decision = Decision::refuse;
  services.metrics.guard_refusals.add();
  return error;
}

// The model is told what was wrong with its calls, and asked once more.
void ask_again(Call& call, const ChatResponse& response, const std::vector<std::string>& faults) {
  Message said{.role = Role::assistant, .parts = {}, .name = {}, .tool_call_id = {}};
  const Choice& choice = response.choices.front();
  if (!choice.content.empty()) said.parts.emplace_back(TextPart{choice.content, {}});
  for (const ToolCall& one : choice.tool_calls) {
    ToolCall whole = one;
    if (!json::Document::parse(whole.arguments)) whole.arguments = "{}";
    said.parts.emplace_back(std::move(whole));
  }
  call.chat.messages.push_back(std::move(said));
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
    Message result{.role = Role::tool,
                   .parts = {},
                   .name = {},
                   .tool_call_id = choice.tool_calls[i].id,
                   .tool_error = true};
    const std::string& fault = faults[i];
    result.parts.emplace_back(TextPart{
        fault.empty() ? "Not run: another call of this answer was invalid. Call it again."
                      : "Not run: the call is invalid, " + fault + ". Call it again, corrected.",
        {}});
    call.chat.messages.push_back(std::move(result));
  }
  call.pass_through = false;  // the caller's bytes are not what is sent
  call.guarded->asked_again = true;
}

// nullopt: the calls may be delivered.
Result<std::optional<Verdict>> govern_calls(Call& call, const Services& services) {
  ChatResponse& response = call.attempt()->response;
  std::optional<Error> refusal;
  std::vector<std::string> faults;
  bool mended = false;
  for (Choice& choice : response.choices) {
    for (ToolCall& one : choice.tool_calls) {
      std::string why;
      const CallVerdict verdict = judge_call(call, one, why);
      mended = mended || verdict == CallVerdict::repaired;
      const bool faulty = verdict == CallVerdict::faulty;
      if (faulty && !refusal) refusal = tool_refusal(one, why);
      faults.push_back(faulty ? why : "");
    }
  }
  if (mended) spread(call, *call.attempt(), nullptr);
  const guard::ToolFault rule = call.snapshot->rulebook().tools().rules().on_invalid;
  if (!refusal || rule == guard::ToolFault::record) return std::optional<Verdict>();
  const bool again = rule == guard::ToolFault::repair && !call.guarded->asked_again &&
                     response.choices.size() == 1 &&
                     static_cast<int>(call.attempts.size()) < call.resolution.attempts &&
                     !call.deadline.passed(services.clock.mono()) && !call.gone.stop_requested();
  if (!again) return fail(refuse(call, services, std::move(*refusal)));
  ask_again(call, response, faults);
  call.attempt()->held_bytes.clear();
  return std::optional<Verdict>(Verdict::again);
}

// What the rules of this process say.
Result<Verdict> judge_here(Call& call, const Services& services) {
  GuardState& state = *call.guarded;
  if (state.refusal) return fail(refuse(call, services, *state.refusal));
  // What a stream let pass was judged on its way.
  const bool streamed = call.chat.stream && !call.held_back;
  if (state.tools_governed && !(streamed && state.calls_judged)) {
    TRY_ASSIGN(const std::optional<Verdict> verdict, govern_calls(call, services));
    if (verdict) return *verdict;
  }
  if (call.policy == nullptr || call.policy->output().empty()) return Verdict::deliver;
  Attempt& attempt = *call.attempt();
  guard::Judge judge(call.policy->output(), "output", state.report);
  Replaced replaced;
  const bool redacted =
      judge_answer(judge, attempt.response, streamed && state.spans_judged, replaced);
  judge.finish();
  if (judge.blocker() != nullptr) {
    return fail(refuse(call, services, policy_refusal(*call.policy, judge, false)));
  }
  if (redacted) spread(call, attempt, &replaced);
  return Verdict::deliver;
}

}  // namespace

runtime::Task<Result<Verdict>> guard_output(Call& call, const Services& services) {
  if (call.operation != Operation::chat) co_return Verdict::deliver;  // vectors and scores
  CO_TRY_ASSIGN(const Verdict verdict, judge_here(call, services));
  if (verdict == Verdict::again || call.policy == nullptr || !call.policy->output().remote)
    co_return verdict;
  auto asking = ask_remote(call, services, call.policy->output(), "output",
                           texts_of(call.attempt()->response));
  if (Status asked = co_await std::move(asking); !asked)
    co_return fail(refuse(call, services, std::move(asked.error())));
  co_return verdict;
}

}  // namespace maester::gateway::stages
