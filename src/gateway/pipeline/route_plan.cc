#include "gateway/pipeline/route_plan.h"

#include <algorithm>

#include "gateway/pipeline/bound.h"
#include "gateway/pipeline/lane_choice.h"
#include "gateway/routing/order.h"

namespace maester::gateway {
namespace {

// What a request asks of a model.
struct Needs {
  bool tools = false, vision = false, json_schema = false, prefill = false;
  std::int64_t input_tokens = 0;  // estimated; 0 = nobody asks
  std::string_view region, route_region;
};

bool has_image(const std::vector<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const Message& message) {
    return std::any_of(message.parts.begin(), message.parts.end(),
                       [](const Part& part) { return std::holds_alternative<ImagePart>(part); });
  });
}

// Four bytes of text a token: a target is passed over when the prompt is very likely too long. What
// is doubtful is left to the provider's own word, and to the route's fallbacks for that.
std::int64_t likely_tokens(const std::vector<Message>& messages) {
  std::size_t bytes = 0;
  for (const Message& message : messages) {
    for (const Part& part : message.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) bytes += text->text.size();
    }
  }
  return static_cast<std::int64_t>(bytes / 4);
}

Needs needs_of(const Call& call) {
  Needs needs;
  const ChatRequest& chat = call.chat;
  needs.tools = !chat.tools.empty();
  needs.vision = has_image(chat.messages);
  needs.json_schema =
      chat.response_format && chat.response_format->kind == ResponseFormat::Kind::json_schema;
  needs.prefill = !chat.messages.empty() && chat.messages.back().role == Role::assistant;
  const bool sized =
      std::any_of(call.resolution.targets.begin(), call.resolution.targets.end(),
                  [](const Target& target) { return target.context_length.has_value(); });
  if (sized) needs.input_tokens = likely_tokens(chat.messages);
  needs.region = call.options.region;
  needs.route_region = call.resolution.rules->region;
  return needs;
}

// "" when the target can take it. A region that is not stated is not the one that is asked for.
std::string_view why_not(const Needs& needs, const Target& target) {
  const ModelConfig& can = *target.config;
  if (!needs.region.empty() && can.region != needs.region) return "region";
  if (!needs.route_region.empty() && can.region != needs.route_region) return "region";
  if (needs.tools && !can.tools) return "tools";
  if (needs.vision && !can.vision) return "vision";
  if (needs.json_schema && !can.json_schema) return "json_schema";
  if (needs.prefill && !can.prefill) return "prefill";
  if (target.context_length && needs.input_tokens > *target.context_length) return "context_length";
  return "";
}

std::string_view why_not(const Call& call, const Needs& needs, const Target& target) {
  const access::KeyTerms* terms = call.principal.terms.get();
  if (terms != nullptr && !terms->allows_target(target.model)) return "not_allowed";
  const Adapters& adapters = target.provider->adapters;
  if (call.operation == Operation::embeddings && adapters.embeddings == nullptr)
    return "embeddings";
  if (call.operation == Operation::rerank && adapters.rerank == nullptr) return "rerank";
  return why_not(needs, target);
}

void leave_out(Call& call) {
  const Needs needs = needs_of(call);
  std::erase_if(call.resolution.targets, [&](const Target& target) {
    const std::string_view reason = why_not(call, needs, target);
    if (reason.empty()) return false;
    call.routing.passed_over.push_back({target.model, target.provider->config.name, reason});
    return true;
  });
}

Status nothing_left(const Call& call) {
  const auto& out = call.routing.passed_over;
  const std::string route = "route `" + call.resolution.route + "`";
  const bool none_allowed = std::all_of(
      out.begin(), out.end(), [](const auto& one) { return one.reason == "not_allowed"; });
  if (none_allowed) return fail(Code::forbidden, "This key may use no target of " + route + ".");
  std::string why;
  for (const auto& one : out) {
    why += (why.empty() ? "`" : ", `") + one.model + "` (" + std::string(one.reason) + ")";
  }
  return fail(Code::invalid_request,
              "No target of " + route + " can take this request: " + why + ".", "model");
}

// What tells one conversation from another: a tag, else its beginning, which every later turn
// repeats.
std::string conversation_of(const Call& call) {
  for (const auto& [name, value] : call.options.metadata) {
    if (name == "conversation_id") return value;
  }
  std::string out;
  for (const Message& message : call.chat.messages) {
    for (const Part& part : message.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) out += text->text + "\n";
    }
    if (message.role == Role::user) break;
  }
  return out;
}

std::string sticky_key(const Call& call) {
  switch (call.resolution.rules->sticky) {
    case Sticky::none:
      return {};
    case Sticky::user:
      return call.options.user.empty() ? "" : call.principal.tenant + "\n" + call.options.user;
    case Sticky::conversation:
      return call.principal.tenant + "\n" + conversation_of(call);
  }
  return {};
}

Order weighted(const Call& call, std::size_t count) {
  std::vector<std::uint32_t> weights;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) {
    weights.push_back(call.resolution.targets[i].weight);
    names.push_back(call.resolution.targets[i].model);
  }
  const std::string key = sticky_key(call);
  return key.empty() ? order_by_weight(weights, draw_chance()) : order_by_key(weights, names, key);
}

Order by_latency(Call& call, std::size_t count, MonoTime now) {
  std::vector<double> loads;
  for (std::size_t i = 0; i < count; ++i) {
    const PeakEwma& latency = call.resolution.targets[i].upstream->state->latency;
    loads.push_back(latency.load(now));
    call.routing.first_bytes.push_back(latency.mean(now));
  }
  return order_by_load(loads, draw_chance());
}

Order by_cost(Call& call, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    call.routing.costs.push_back(worst_case(call, call.resolution.targets[i]));
  }
  return order_by_cost(call.routing.costs);
}

Order order_of(Call& call, std::size_t count, MonoTime now) {
  switch (call.resolution.rules->strategy) {
    case Strategy::priority:
      break;
    case Strategy::weighted:
      return weighted(call, count);
    case Strategy::latency:
      return by_latency(call, count, now);
    case Strategy::cost:
      return by_cost(call, count);
  }
  return order_as_written(count);
}

template <class T>
void rearrange(std::vector<T>& values, const Order& order) {
  std::vector<T> out;
  out.reserve(values.size());
  for (const std::size_t i : order) {
    if (i < values.size()) out.push_back(std::move(values[i]));
  }
  values = std::move(out);
}

}  // namespace

Status plan_route(Call& call, MonoTime now) {
  if (call.resolution.rules == nullptr) return {};
  leave_out(call);
  std::vector<Target>& targets = call.resolution.targets;
  const auto count = static_cast<std::size_t>(
      std::count_if(targets.begin(), targets.end(),
                    [](const Target& target) { return target.use == TargetUse::in_turn; }));
  if (count == 0) return nothing_left(call);
  if (count == 1 || call.resolution.rules->strategy == Strategy::priority) return {};
  Order order = order_of(call, count, now);
  for (std::size_t i = count; i < targets.size(); ++i) order.push_back(i);
  rearrange(targets, order);
  rearrange(call.routing.costs, order);
  rearrange(call.routing.first_bytes, order);
  return {};
}

}  // namespace maester::gateway
