#include "gateway/pipeline/components.h"

#include <algorithm>

namespace maester::gateway {
namespace {

bool applies(const CostComponent& component, const std::string& model) {
  return component.models.empty() ||
         std::ranges::find(component.models, model) != component.models.end();
}

std::int64_t tool_calls(const Attempt& attempt) {
  std::int64_t sum = 0;
  for (const Choice& choice : attempt.response.choices) {
    sum += static_cast<std::int64_t>(choice.tool_calls.size());
  }
  return sum;
}

std::int64_t quantity_of(const CostComponent& component, const Call& call, const Attempt& last) {
  switch (component.per) {
    case CostComponent::Per::request:
      return 1;
    case CostComponent::Per::tool_call:
      return std::min(tool_calls(last), component.at_most);
    case CostComponent::Per::review:
      return call.decision == Decision::escalate ? 1 : 0;
  }
  return 0;
}

}  // namespace

void charge_components(Call& call) {
  const auto& components = call.snapshot->config().cost_components;
  if (components.empty()) return;
  const bool sent = std::ranges::any_of(call.attempts, [](const auto& one) { return one->sent; });
  if (!sent) return;
  Attempt& last = *call.attempt();
  for (const CostComponent& component : components) {
    if (!applies(component, last.target->model)) continue;
    const std::int64_t quantity = quantity_of(component, call, last);
    if (quantity == 0) continue;
    call.components.push_back({&component, quantity});
    last.components += component.price * quantity;
  }
}

FemtoUsd components_bound(const Call& call, const Target& target) {
  FemtoUsd sum;
  for (const CostComponent& component : call.snapshot->config().cost_components) {
    if (applies(component, target.model)) sum += component.price * component.at_most;
  }
  return sum;
}

}  // namespace maester::gateway
