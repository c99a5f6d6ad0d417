#include "gateway/pipeline/knowledge.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/structured.h"

namespace maester::gateway::stages {

void validate(Call& call, const Services& services) {
  judge_structured(call);
  judge_evidence(call);
  if (call.options.checks.empty()) return;
  call.validate_started = services.clock.mono();
  const Attempt& attempt = *call.attempt();
  static const Choice kNothing;
  const Choice& choice =
      attempt.response.choices.empty() ? kNothing : attempt.response.choices.front();
  checks::Subject subject;
  subject.output = choice.content;
  subject.finish_reason = to_string(choice.finish);
  subject.latency = std::chrono::duration_cast<milliseconds>(attempt.ended - attempt.started);
  if (attempt.cost) subject.cost = attempt.cost->total;
  call.evaluation = checks::evaluate(call.options.checks, subject);
  call.validate_ended = services.clock.mono();
}

}  // namespace maester::gateway::stages
