#include "gateway/pipeline/receipt_routing.h"

#include <algorithm>

namespace maester::gateway {
namespace {

std::string_view name_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::priority:
      return "priority";
    case Strategy::weighted:
      return "weighted";
    case Strategy::latency:
      return "latency";
    case Strategy::cost:
      return "cost";
  }
  return "priority";
}

std::string_view name_of(Sticky sticky) {
  switch (sticky) {
    case Sticky::none:
      return "";
    case Sticky::user:
      return "user";
    case Sticky::conversation:
      return "conversation";
  }
  return "";
}

std::string_view name_of(TargetUse use) {
  switch (use) {
    case TargetUse::in_turn:
      return "";
    case TargetUse::context_length:
      return "context_length";
    case TargetUse::content_filter:
      return "content_filter";
  }
  return "";
}

std::string_view reason_for(const Call& call, const Target& target) {
  for (const Routing::PassedOver& one : call.routing.passed_over) {
    if (one.model == target.model && one.provider == target.provider->config.name)
      return one.reason;
  }
  return "";
}

bool is_target(const Call& call, const Routing::PassedOver& one) {
  const auto& targets = call.resolution.targets;
  return std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
    return one.model == target.model && one.provider == target.provider->config.name;
  });
}

void write_candidate(json::Writer& w, const Call& call, std::size_t i) {
  const Target& target = call.resolution.targets[i];
  const auto attempts =
      std::count_if(call.attempts.begin(), call.attempts.end(),
                    [&](const auto& attempt) { return attempt->target == &target; });
  w.begin_object().field("model", target.model).field("provider", target.provider->config.name);
  w.optional_field("only_after", name_of(target.use)).field("attempts", attempts);
  if (i < call.routing.costs.size()) {
    w.key("most_cost_usd");
    call.routing.costs[i] ? w.value(*call.routing.costs[i]) : w.null();
  }
  if (i < call.routing.first_bytes.size()) {
    w.field("first_byte_ms", std::chrono::round<milliseconds>(call.routing.first_bytes[i]).count());
  }
  w.optional_field("reason_skipped", reason_for(call, target)).end_object();
}

}  // namespace

void write_routing(json::Writer& w, const Call& call) {
  w.key("routing");
  const RouteConfig* rules = call.resolution.rules;
  if (rules == nullptr && call.routing.passed_over.empty()) {
    w.null();
    return;
  }
  w.begin_object().field("strategy", rules == nullptr ? "direct" : name_of(rules->strategy));
  if (rules != nullptr) w.optional_field("sticky", name_of(rules->sticky));
  w.key("candidates").begin_array();
  for (std::size_t i = 0; i < call.resolution.targets.size(); ++i) write_candidate(w, call, i);
  for (const Routing::PassedOver& one : call.routing.passed_over) {
    if (is_target(call, one)) continue;
    w.begin_object().field("model", one.model).field("provider", one.provider);
    w.field("reason_skipped", one.reason).end_object();
  }
  w.end_array().end_object();
}

}  // namespace maester::gateway
