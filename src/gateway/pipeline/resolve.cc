#include <algorithm>

#include "gateway/pipeline/route_plan.h"
#include "gateway/pipeline/stages.h"
#include "gateway/pipeline/structured.h"
#include "gateway/routing/allowed.h"
#include "prompts/registry.h"

namespace maester::gateway::stages {
namespace {

std::optional<Role> message_role(std::string_view name) {
  if (name == "system") return Role::system;
  if (name == "developer") return Role::developer;
  if (name == "user") return Role::user;
  if (name == "assistant") return Role::assistant;
  return std::nullopt;
}

// Puts the rendered prompt's messages in front of the caller's own.
Status apply_prompt(Call& call, const prompts::Registry& registry) {
  const Options& options = call.options;
  if (options.prompt_name.empty()) return {};
  TRY_ASSIGN(const prompts::VersionPtr version,
             registry.resolve(call.principal.tenant, options.prompt_name,
                              {options.prompt_version, options.prompt_label}));
  json::Document variables;
  if (!options.variables_json.empty()) TRY(variables.reparse(options.variables_json));
  TRY_ASSIGN(
      prompts::Rendered rendered,
      prompts::render(*version, options.variables_json.empty() ? json::Value{} : variables.root()));
  std::vector<Message> messages;
  for (auto& [role, text] : rendered.messages) {
    Message& message = messages.emplace_back();
    message.role = message_role(role).value_or(Role::user);
    message.parts.emplace_back(TextPart{std::move(text), {}});
  }
  std::move(call.chat.messages.begin(), call.chat.messages.end(), std::back_inserter(messages));
  call.chat.messages = std::move(messages);
  call.pass_through = false;  // the caller's bytes are not what is sent
  call.prompt = {version->name, version->version, std::move(rendered.hash), version->template_hash,
                 std::move(rendered.text)};
  return {};
}

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
  call.requested_model =
      call.chat.model.empty() ? call.snapshot->config().default_model : call.chat.model;
  TRY_ASSIGN(call.resolution, resolve_for(call.principal, *call.snapshot, call.chat.model));
  TRY(apply_prompt(call, services.prompts));
  TRY(plan_route(call, services.clock.mono()));
  call.deadline = total_deadline(call);
  const bool structured = prepare_structured(call);
  call.held_back = structured || checks::holds_back(call.options.checks);
  return {};
}

}  // namespace maester::gateway::stages
