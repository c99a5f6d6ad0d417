#include <algorithm>

#include "gateway/pipeline/guard_state.h"
#include "gateway/pipeline/knowledge.h"
#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/structured.h"

namespace maester::gateway {

std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::answer:
      return "return";
    case Decision::repaired:
      return "repaired";
    case Decision::fallback:
      return "fallback";
    case Decision::clarify:
      return "clarify";
    case Decision::refuse:
      return "refuse";
    case Decision::escalate:
      return "escalate";
  }
  return "return";
}

std::optional<FemtoUsd> Call::total_cost() const {
  FemtoUsd sum;
  for (const auto& one : attempts) {
    if (!one->settled && one->cost == std::nullopt) continue;
    if (!one->cost || !one->cost->total) return std::nullopt;
    sum += *one->cost->total + one->components;
  }
  return sum;
}

namespace stages {
namespace {

// The failed check with the gravest consequence; null when all passed or only record.
const checks::Grade* gravest_failure(const Call& call) {
  const checks::Grade* worst = nullptr;
  for (const checks::Grade& grade : call.evaluation->metrics) {
    if (grade.passed || grade.on_fail == checks::OnFail::record) continue;
    if (worst == nullptr || worst->on_fail < grade.on_fail) worst = &grade;
  }
  return worst;
}

Error refusal(const checks::Grade& grade, bool escalated) {
  std::string message = "The answer was withheld: it failed the check `" + grade.name + "`";
  if (!grade.reason.empty()) message += " (" + grade.reason + ")";
  message += escalated ? ". It is marked for human review." : ".";
  return make_error(Code::unprocessable, std::move(message), "maester.checks");
}

bool attempts_left(const Call& call, const Clock& clock) {
  return static_cast<int>(call.attempts.size()) < call.resolution.attempts &&
         !call.deadline.passed(clock.mono()) && !call.gone.stop_requested();
}

}  // namespace

Result<Verdict> decide(Call& call, const Services& services) {
  const bool fell_back = call.budget.fallback_applied || call.next_target > 0;
  call.decision = fell_back ? Decision::fallback : Decision::answer;
  if (call.structured != nullptr) {
    if (attempts_left(call, services.clock) && ask_again_structured(call)) return Verdict::again;
    if (Status fits = refuse_unstructured(call); !fits) {
      call.decision = Decision::refuse;
      return fail(std::move(fits.error()));
    }
    const bool mended = call.structured->repaired || call.structured->retried;
    if (call.structured->valid && mended) call.decision = Decision::repaired;
  }
  if (call.guarded != nullptr && (call.guarded->repaired || call.guarded->asked_again))
    call.decision = Decision::repaired;
  const checks::Grade* failure = call.evaluation ? gravest_failure(call) : nullptr;
  if (failure == nullptr) {
    decide_evidence(call);
    return Verdict::deliver;
  }
  if (failure->on_fail == checks::OnFail::retry && attempts_left(call, services.clock)) {
    call.attempt()->held_bytes.clear();
    return Verdict::again;
  }
  const bool escalated = failure->on_fail == checks::OnFail::escalate;
  call.decision = escalated ? Decision::escalate : Decision::refuse;
  return fail(refusal(*failure, escalated));
}

}  // namespace stages
}  // namespace maester::gateway
