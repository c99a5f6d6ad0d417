#include <algorithm>

#include "gateway/pipeline/prompt.h"
#include "gateway/pipeline/route_plan.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/structured.h"
#include "gateway/routing/allowed.h"

namespace maester::gateway::stages {
namespace {

Deadline total_deadline(const Call& call) {
  const Timeouts& timeouts = call.resolution.timeouts;
  milliseconds total = call.chat.stream ? timeouts.stream_total : timeouts.total;
  if (call.options.timeout) total = std::min(total, *call.options.timeout);
  return Deadline::at(call.received + total);
}

}  // namespace

Status resolve(Call& call, const Services& services) {
  TRY(call.surface->read(call));
  // A key that may not delegate keeps its own groups, whatever the caller says.
  if (call.options.user_groups && call.principal.may_delegate())
    call.principal.delegated_groups = std::move(call.options.user_groups);
  TRY(apply_prompt(call, services.prompts));  // which may name the model
  call.requested_model =
      call.chat.model.empty() ? call.snapshot->config().default_model : call.chat.model;
  TRY_ASSIGN(call.resolution, resolve_for(call.principal, *call.snapshot, call.chat.model));
  TRY(plan_route(call, services.clock.mono()));
  call.deadline = total_deadline(call);
  const bool structured = prepare_structured(call);
  call.held_back = structured || checks::holds_back(call.options.checks);
  return {};
}

}  // namespace maester::gateway::stages
