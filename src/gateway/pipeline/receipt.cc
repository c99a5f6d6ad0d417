#include "gateway/pipeline/receipt.h"

#include "base/hash.h"
#include "gateway/pipeline/knowledge.h"
#include "gateway/pipeline/receipt_guard.h"
#include "gateway/pipeline/receipt_routing.h"
#include "gateway/pipeline/structured.h"

namespace maester::gateway {
namespace {

// Milliseconds with microseconds after the point, as a JSON number.
std::string ms_text(nanoseconds t) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(t).count();
  std::string fraction = std::to_string(us % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(us / 1000) + "." + fraction;
}

std::string amount(FemtoUsd value, bool six_decimals) {
  return six_decimals ? value.to_fixed(6) : value.to_string();
}

void optional_text(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  text.empty() ? w.null() : w.value(text);
}

void write_prompt(json::Writer& w, const Call& call) {
  w.key("prompt");
  if (call.prompt.name.empty()) {
    w.null();
    return;
  }
  w.begin_object().field("name", call.prompt.name);
  optional_text(w, "version", call.prompt.version);
  optional_text(w, "label", call.prompt.label);
  w.field("hash", call.prompt.hash).field("template_hash", call.prompt.template_hash);
  if (call.prompt.fallback) w.field("fallback", true);
  w.end_object();
}

void write_attempts(json::Writer& w, const Call& call) {
  w.key("attempts").begin_array();
  for (const auto& attempt : call.attempts) {
    if (attempt->cached) continue;
    w.begin_object().field("number", attempt->number);
    w.field("provider", attempt->target->provider->config.name)
        .field("model", attempt->target->model);
    if (attempt->target->provider->credentials.size() > 1)
      w.field("credential", attempt->credential + 1);
    w.field("status", attempt->status)
        .raw_field("duration_ms", ms_text(attempt->ended - attempt->started));
    optional_text(w, "error", attempt->error_code);
    if (attempt->error) {
      w.field("error_class", to_string(attempt->error->error_class));
      w.optional_field("provider_code", attempt->error->code);
    }
    w.end_object();
  }
  w.end_array();
}

void write_usage(json::Writer& w, const Attempt& attempt) {
  w.key("usage");
  if (!attempt.usage) {
    w.null();
    return;
  }
  const meter::Usage& u = *attempt.usage;
  w.begin_object();
  w.field("input_tokens", u.prompt_tokens()).field("output_tokens", u.completion_tokens());
  w.key("buckets").begin_object();
  for (const meter::UsageBucket& bucket : meter::kUsageBuckets) {
    const bool always =
        bucket.count == &meter::Usage::input || bucket.count == &meter::Usage::output;
    if (always || u.*bucket.count != 0) w.field(bucket.name, u.*bucket.count);
  }
  w.end_object().field("provenance", to_string(u.provenance)).end_object();
}

void write_cost_parts(json::Writer& w, const Call& call) {
  w.key("cost").begin_object().field("unit", "USD").key("total");
  const auto total = call.total_cost();
  total ? w.value(*total) : w.null();
  w.key("parts").begin_array();
  for (const auto& attempt : call.attempts) {
    if (!attempt->cost) continue;
    for (const meter::CostPart& part : attempt->cost->parts()) {
      w.begin_object().field("attempt", attempt->number).field("bucket", to_string(part.bucket));
      w.field("quantity", part.quantity).key("unit_price");
      part.unit_price ? w.value(*part.unit_price) : w.null();
      w.key("amount");
      part.amount ? w.value(*part.amount) : w.null();
      w.optional_field("price", part.price_field()).end_object();
    }
  }
  for (const auto& [component, quantity] : call.components) {
    w.begin_object().field("component", component->name).field("kind", component->kind);
    w.field("quantity", quantity).field("unit_price", component->price);
    w.field("amount", component->price * quantity).end_object();
  }
  w.end_array().end_object();
}

void write_timing(json::Writer& w, const Call& call) {
  nanoseconds model{0};
  for (const auto& attempt : call.attempts) model += attempt->ended - attempt->started;
  w.key("timing").begin_object();
  w.raw_field("queue_ms",
              ms_text(call.attempts.empty() ? nanoseconds{0}
                                            : call.attempts.front()->started - call.received));
  w.key("retrieve_ms");
  call.evidence == nullptr ? w.null() : w.raw(ms_text(call.retrieve_ended - call.retrieve_started));
  w.key("tools_ms").null();
  w.raw_field("model_ms", ms_text(model));
  w.raw_field("validate_ms", ms_text(call.validate_ended - call.validate_started));
  w.key("network_ms").null().end_object();  // not told apart from the model's time
}

// Governed tools with what became of them; else the declared ones, each with a version of its own.
void write_tools(json::Writer& w, const Call& call) {
  w.key("tools").begin_array();
  if (call.guarded != nullptr && call.guarded->tools_governed) {
    write_governed_tools(w, *call.guarded);
    w.end_array();
    return;
  }
  for (const Tool& tool : call.chat.tools) {
    w.begin_object().field("name", tool.name);
    w.field("version",
            "sha256:" + sha256_hex(tool.description + "\n" + tool.parameters).substr(0, 16))
        .end_object();
  }
  w.end_array();
}

void write_evaluation(json::Writer& w, const Call& call) {
  w.key("evaluation");
  call.evaluation ? checks::append_evaluation(w, *call.evaluation) : static_cast<void>(w.null());
}

// The budgets over time that the request was reserved in and charged to.
void write_charges(json::Writer& w, const Call& call) {
  const Attempt* last = call.attempt();
  if (last == nullptr || last->charges.empty()) return;
  w.key("budgets").begin_array();
  for (const meter::BudgetCharge& charge : last->charges) {
    w.begin_object().field("id", charge.budget).optional_field("subject", charge.subject);
    w.field("window", format_rfc3339(charge.window));
    for (const meter::BudgetWarning& warning : call.budget_warnings) {
      if (warning.id == charge.budget) w.field("warning_percent", warning.percent);
    }
    w.end_object();
  }
  w.end_array();
}

// Of a hit: whose answer it was, and what asking again would have taken.
void write_cache_source(json::Writer& w, const Call& call) {
  const CachedAnswer* answer = call.cache.answer.get();
  if (answer == nullptr) return;
  w.key("cache_source").begin_object().field("request_id", answer->request_id);
  w.field("made_at", format_rfc3339(answer->made)).field("shared", call.cache.shared);
  if (call.cache.similarity < 1) w.field("similarity", double{call.cache.similarity});
  w.key("saved_usd");
  answer->cost ? w.value(*answer->cost) : w.null();
  w.field("saved_ms", answer->took.count()).end_object();
}

}  // namespace

void write_estimate(json::Writer& w, const Estimate& e, bool six) {
  w.begin_object().field("model", e.model);
  w.field("estimated_input_tokens", e.input_tokens)
      .field("estimated_output_tokens", e.output_tokens);
  w.field("estimated_total_tokens", e.input_tokens + e.output_tokens);
  w.field("estimated_input_cost_usd", amount(e.input_cost, six));
  w.field("estimated_output_cost_usd", amount(e.output_cost, six));
  w.field("estimated_total_cost_usd", amount(e.total(), six)).end_object();
}

void write_cost(json::Writer& w, const Call& call, bool six) {
  const Attempt& last = *call.attempt();
  const meter::Usage usage = last.usage.value_or(meter::Usage{});
  w.begin_object().field("model", last.target->model);
  w.field("input_tokens", usage.prompt_tokens()).field("output_tokens", usage.completion_tokens());
  w.field("total_tokens", usage.total_tokens());
  FemtoUsd input, output;
  bool priced = true;
  for (const auto& attempt : call.attempts) {
    if (!attempt->cost) continue;
    priced =
        priced && attempt->cost->total && attempt->cost->input_cost && attempt->cost->output_cost;
    if (!priced) break;
    input += *attempt->cost->input_cost;
    output += *attempt->cost->output_cost;
  }
  const auto total = call.total_cost();
  const auto money = [&](std::string_view name, std::optional<FemtoUsd> value) {
    w.key(name);
    priced&& value ? w.value(amount(*value, six)) : w.null();
  };
  money("input_cost_usd", input);
  money("output_cost_usd", output);
  money("total_cost_usd", total);
  w.field("unit", "USD").end_object();
}

void write_budget(json::Writer& w, const Call& call, bool six) {
  w.begin_object();
  if (!call.options.budget_asked) {
    w.field("enabled", false).end_object();
    return;
  }
  const BudgetOutcome& budget = call.budget;
  w.field("enabled", true).field("scope_key", call.options.budget_scope);
  w.key("policy").begin_object().field("max_cost_usd", amount(call.options.max_cost, six));
  w.field("max_output_tokens", budget.estimate.output_tokens);
  optional_text(w, "fallback_model_if_over_budget",
                call.options.allow_cheaper ? budget.cheaper_model : "");
  w.end_object();
  w.field("allowed", budget.allowed).field("reason", budget.reason);
  w.field("effective_model", budget.effective_model)
      .field("fallback_applied", budget.fallback_applied);
  w.key("estimate");
  write_estimate(w, budget.estimate, six);
  const auto actual = call.total_cost();
  w.key("actual_total_cost_usd");
  budget.allowed&& actual ? w.value(amount(*actual, six)) : w.null();
  w.key("ledger").begin_object().field("scope_key", call.options.budget_scope);
  w.field("request_count", budget.scope_requests)
      .field("total_cost_usd", amount(budget.scope_cost, six));
  w.end_object().end_object();
}

std::string write_receipt(const Call& call, const Error* error) {
  std::string out;
  out.reserve(1536);
  json::Writer w(out);
  const Attempt* last = call.attempt();
  w.begin_object().field("request_id", call.id_text);
  optional_text(w, "client_request_id", call.client_request_id);
  w.field("trace_id", call.trace->id().to_string()).field("tenant", call.principal.tenant);
  w.field("key_id", call.principal.key_id);
  optional_text(w, "user", call.options.user);
  w.field("created_at", format_rfc3339(call.received_wall));
  optional_text(w, "route", call.resolution.route);
  w.field("config_version", call.snapshot->version());
  write_prompt(w, call);
  w.key("model").begin_object().field("requested", call.requested_model);
  optional_text(w, "resolved", last != nullptr ? last->target->model : "");
  optional_text(w, "upstream", last != nullptr ? last->target->upstream_model : "");
  w.end_object();
  optional_text(w, "provider", last != nullptr ? last->target->provider->config.name : "");
  w.field("price_version", call.snapshot->prices().version());
  optional_text(w, "policy_version", call.policy == nullptr ? "" : call.policy->version());
  write_guard(w, call);
  write_tools(w, call);
  write_knowledge(w, call);
  if (call.operation != Operation::chat) w.field("operation", to_string(call.operation));
  w.field("stream", call.chat.stream);
  write_routing(w, call);
  write_attempts(w, call);
  if (last != nullptr) write_usage(w, *last);
  write_cost_parts(w, call);
  write_timing(w, call);
  write_evaluation(w, call);
  write_structured(w, call);
  w.key("budget");
  write_budget(w, call, false);
  write_charges(w, call);
  w.field("decision", to_string(call.decision)).field("cache", to_string(call.cache.state));
  write_cache_source(w, call);
  w.field("replayable",
          call.snapshot->config().capture == Capture::full && call.operation == Operation::chat);
  w.optional_field("replay_of", call.replayed_from);
  w.optional_field("shadow_of", call.shadow_of);
  w.optional_field("judges_for", call.judges_for);
  w.optional_field("purpose", call.purpose);
  if (!call.options.metadata.empty()) {
    w.key("metadata").begin_object();
    for (const auto& [name, value] : call.options.metadata) w.field(name, value);
    w.end_object();
  }
  w.key("error");
  if (error == nullptr) {
    w.null();
  } else {
    w.begin_object()
        .field("code", to_string(error->code))
        .field("message", error->message)
        .end_object();
  }
  w.end_object();
  return out;
}

void write_maester(json::Writer& w, const Call& call) {
  const Attempt& last = *call.attempt();
  w.begin_object()
      .field("request_id", call.id_text)
      .field("trace_id", call.trace->id().to_string());
  w.field("provider", last.target->provider->config.name).field("model", last.target->model);
  optional_text(w, "route", call.resolution.route);
  write_prompt(w, call);
  w.key("cost");
  write_cost(w, call, false);
  w.key("budget");
  write_budget(w, call, false);
  write_evaluation(w, call);
  write_structured(w, call);
  write_citations(w, call);
  write_grounding(w, call);
  w.field("decision", to_string(call.decision)).field("cache", to_string(call.cache.state));
  write_attempts(w, call);
  w.end_object();
}

}  // namespace maester::gateway
