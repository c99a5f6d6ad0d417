#include "meter/records.h"

#include "codec/base64.h"
#include "codec/json_writer.h"
#include "meter/record_names.h"

namespace maester::meter {
namespace {

void write(json::Writer& w, const Dimensions& d) {
  w.field("tenant", d.tenant).optional_field("key_id", d.key_id).optional_field("user", d.user);
  w.optional_field("route", d.route).optional_field("model", d.model);
  w.optional_field("provider", d.provider).optional_field("upstream_model", d.upstream_model);
  w.optional_field("prompt_name", d.prompt_name);
  w.optional_field("prompt_version", d.prompt_version).optional_field("scope", d.scope);
}

void write(json::Writer& w, std::string_view name, const std::optional<FemtoUsd>& amount) {
  if (amount) w.field(name, maester::to_string(amount->units()));
}

void write(json::Writer& w, const Usage& usage) {
  w.key("usage").begin_object();
  for (const UsageBucket& bucket : kUsageBuckets) {
    if (usage.*bucket.count != 0) w.field(bucket.name, usage.*bucket.count);
  }
  w.field("provenance", to_string(usage.provenance)).end_object();
}

// Members that say nothing beyond the default are left out.
void write(json::Writer& w, const CostOptions& options) {
  const CostOptions usual;
  if (options.service_tier != usual.service_tier)
    w.field("service_tier", to_string(options.service_tier));
  if (options.batch) w.field("batch", true);
  if (options.region != usual.region)
    w.field("region", kRegions[static_cast<std::size_t>(options.region)]);
  if (options.search_context != usual.search_context)
    w.field("search_context", kSearchContexts[static_cast<std::size_t>(options.search_context)]);
}

void write(json::Writer& w, const std::vector<BudgetCharge>& budgets) {
  if (budgets.empty()) return;
  w.key("budgets").begin_array();
  for (const BudgetCharge& one : budgets) {
    w.begin_object().field("id", one.budget).optional_field("subject", one.subject);
    w.field("window",
            std::chrono::floor<std::chrono::seconds>(one.window).time_since_epoch().count());
    w.end_object();
  }
  w.end_array();
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::string encode(const Intent& intent) {
  std::string out;
  out.reserve(512);
  json::Writer w(out);
  w.begin_object().field("request_id", intent.request_id).field("attempt", intent.attempt);
  w.field("at", intent.at.time_since_epoch().count());
  write(w, intent.dimensions);
  write(w, "reserved", intent.reserved);
  w.optional_field("price_version", intent.price_version);
  w.field("deadline_ms", intent.deadline_ms);
  write(w, intent.budgets);
  w.end_object();
  return out;
}

std::string encode(const Settlement& s) {
  std::string out;
  out.reserve(768 + s.receipt.size());
  json::Writer w(out);
  w.begin_object().field("request_id", s.request_id).field("attempt", s.attempt);
  w.field("at", s.at.time_since_epoch().count()).field("outcome", to_string(s.outcome));
  w.field("dispatched", s.dispatched).field("final", s.final).field("downgraded", s.downgraded);
  write(w, s.dimensions);
  write(w, s.usage);
  write(w, "cost", s.cost);
  write(w, "estimated_cost", s.estimated_cost);
  write(w, s.budgets);
  write(w, "charged", s.charged);
  w.optional_field("price_version", s.price_version).field("status", s.status);
  w.optional_field("error_class", s.error_class).field("duration_ms", s.duration_ms);
  w.optional_field("trace_id", s.trace_id);
  write(w, s.cost_options);
  if (!s.components.is_zero()) w.field("components", maester::to_string(s.components.units()));
  if (!s.receipt.empty()) w.raw_field("receipt", s.receipt);
  w.end_object();
  return out;
}

std::string encode(const Capture& capture) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("request_id", capture.request_id).field("tenant", capture.tenant);
  w.field("sealed", base64_encode(capture.sealed)).end_object();
  return out;
}

std::string encode(const Feedback& feedback) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", feedback.id).field("request_id", feedback.request_id);
  w.field("tenant", feedback.tenant).field("at", feedback.at.time_since_epoch().count());
  w.field("name", feedback.name).raw_field("value", feedback.value);
  w.optional_field("comment", feedback.comment);
  w.optional_field("source", feedback.source).end_object();
  return out;
}

std::string encode(const Correction& c) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("note", kCorrection).field("request_id", c.request_id);
  w.field("attempt", c.attempt).field("at", c.at.time_since_epoch().count());
  w.field("made_at", c.made_at.time_since_epoch().count());
  write(w, c.dimensions);
  w.field("delta", maester::to_string(c.delta.units())).field("newly_priced", c.newly_priced);
  w.field("price_version", c.price_version).end_object();
  return out;
}

}  // namespace maester::meter
