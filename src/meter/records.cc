#include "meter/records.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/base64.h"
#include "codec/json_writer.h"
#include "meter/record_decoder.h"

namespace maester::meter {
namespace {

constexpr std::array<std::string_view, 4> kOutcomes = {"settled", "interrupted", "failed",
                                                       "blocked"};
constexpr std::string_view kReceipt = ",\"receipt\":{";
constexpr std::array<std::string_view, 3> kProvenances = {"provider", "counted", "estimated"};
constexpr std::string_view kCorrection = "correction";
constexpr std::array<std::string_view, 3> kRegions = {"global", "eu", "us"};
constexpr std::array<std::string_view, 3> kSearchContexts = {"low", "medium", "high"};

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

template <class Names>
std::size_t index_or(const json::Value& value, const Names& names, std::size_t otherwise) {
  const auto found = std::ranges::find(names, value.string_or(""));
  return found == names.end() ? otherwise : static_cast<std::size_t>(found - names.begin());
}

CostOptions read_cost_options(const json::Value& v) {
  CostOptions out;
  out.service_tier = service_tier_from(v.get("service_tier").string_or(""));
  out.batch = v.get("batch").bool_or(false);
  out.region = static_cast<Region>(index_or(v.get("region"), kRegions, 0));
  out.search_context =
      static_cast<SearchContext>(index_or(v.get("search_context"), kSearchContexts, 1));
  return out;
}

Dimensions read_dimensions(const json::Value& v) {
  const auto text = [&v](std::string_view name) { return std::string(v.get(name).string_or("")); };
  return {.tenant = text("tenant"),
          .key_id = text("key_id"),
          .user = text("user"),
          .route = text("route"),
          .model = text("model"),
          .provider = text("provider"),
          .upstream_model = text("upstream_model"),
          .prompt_name = text("prompt_name"),
          .prompt_version = text("prompt_version"),
          .scope = text("scope")};
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

std::vector<BudgetCharge> read_budgets(const json::Value& value) {
  std::vector<BudgetCharge> out;
  for (const json::Value one : value) {
    out.push_back({.budget = std::string(one.get("id").string_or("")),
                   .subject = std::string(one.get("subject").string_or("")),
                   .window = WallTime{std::chrono::seconds{one.get("window").int_or(0)}}});
  }
  return out;
}

std::unexpected<Error> not_a_record(std::string detail) {
  return fail(Code::corrupt, "A usage record cannot be read.", {}, std::move(detail));
}

// A decimal integer of at most 38 digits.
Result<std::optional<FemtoUsd>> read_amount(const json::Value& value) {
  if (!value.exists()) return std::nullopt;
  TRY_ASSIGN(std::string_view text, value.as_string());
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 38) return not_a_record(value.path());
  int128 units = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return not_a_record(value.path());
    units = units * 10 + (c - '0');
  }
  return FemtoUsd::from_units(negative ? -units : units);
}

template <class Names>
Result<std::uint8_t> read_name(const json::Value& value, const Names& names) {
  const std::string_view text = value.string_or("");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<std::uint8_t>(i);
  }
  return not_a_record(value.path());
}

Result<Usage> read_usage(const json::Value& value) {
  Usage usage;
  TRY_ASSIGN(const std::uint8_t provenance, read_name(value.get("provenance"), kProvenances));
  usage.provenance = static_cast<Provenance>(provenance);
  for (const json::Value member : value) {
    const auto bucket = std::ranges::find(kUsageBuckets, member.key(), &UsageBucket::name);
    if (bucket == kUsageBuckets.end()) continue;
    usage.*bucket->count = member.int_or(0);
    if (usage.*bucket->count < 0) return not_a_record(value.path());
  }
  return usage;
}

WallTime read_time(const json::Value& value) {
  return WallTime{nanoseconds{value.int_or(0)}};
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

Result<json::Value> RecordDecoder::read(std::string_view payload) {
  auto parsed = document_.reparse(payload);
  if (!parsed) return not_a_record(parsed.error().message);
  const json::Value root = document_.root();
  if (!root.get("request_id").is_string() || !root.get("tenant").is_string()) {
    return not_a_record("no request_id or tenant");
  }
  return root;
}

Result<Intent> RecordDecoder::intent(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  Intent out{.request_id = std::string(v.get("request_id").string_or("")),
             .attempt = v.get("attempt").int_or(0),
             .at = read_time(v.get("at")),
             .dimensions = read_dimensions(v),
             .reserved = std::nullopt,
             .price_version = std::string(v.get("price_version").string_or("")),
             .deadline_ms = v.get("deadline_ms").int_or(0),
             .budgets = read_budgets(v.get("budgets"))};
  TRY_ASSIGN(out.reserved, read_amount(v.get("reserved")));
  return out;
}

// The receipt is three quarters of the record and its last member (meter/records.h): it is
// taken as it stands, and only what is before it is parsed.
Result<Settlement> RecordDecoder::settlement(std::string_view payload) {
  Settlement out;
  const std::size_t at = payload.find(kReceipt);
  if (at != std::string_view::npos && payload.ends_with("}}")) {
    const std::size_t from = at + kReceipt.size() - 1;
    out.receipt = payload.substr(from, payload.size() - from - 1);
    head_.assign(payload.substr(0, at)) += '}';
    payload = head_;
  }
  TRY_ASSIGN(const json::Value v, read(payload));
  out.request_id = v.get("request_id").string_or("");
  out.attempt = v.get("attempt").int_or(0);
  out.at = read_time(v.get("at"));
  TRY_ASSIGN(const std::uint8_t outcome, read_name(v.get("outcome"), kOutcomes));
  out.outcome = static_cast<Outcome>(outcome);
  out.dispatched = v.get("dispatched").bool_or(false);
  out.final = v.get("final").bool_or(false);
  out.downgraded = v.get("downgraded").bool_or(false);
  out.dimensions = read_dimensions(v);
  TRY_ASSIGN(out.usage, read_usage(v.get("usage")));
  TRY_ASSIGN(out.cost, read_amount(v.get("cost")));
  TRY_ASSIGN(out.estimated_cost, read_amount(v.get("estimated_cost")));
  out.budgets = read_budgets(v.get("budgets"));
  TRY_ASSIGN(out.charged, read_amount(v.get("charged")));
  out.price_version = v.get("price_version").string_or("");
  out.status = v.get("status").int_or(0);
  out.error_class = v.get("error_class").string_or("");
  out.duration_ms = v.get("duration_ms").int_or(0);
  out.trace_id = v.get("trace_id").string_or("");
  out.cost_options = read_cost_options(v);
  TRY_ASSIGN(const auto components, read_amount(v.get("components")));
  out.components = components.value_or(FemtoUsd());
  return out;
}

Result<Capture> RecordDecoder::capture(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  auto sealed = base64_decode(v.get("sealed").string_or("="));
  if (!sealed) return not_a_record("sealed");
  return Capture{.request_id = std::string(v.get("request_id").string_or("")),
                 .tenant = std::string(v.get("tenant").string_or("")),
                 .sealed = std::move(*sealed)};
}

Result<Feedback> RecordDecoder::feedback(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  if (!v.get("value").exists()) return not_a_record("no value");
  return Feedback{.id = std::string(v.get("id").string_or("")),
                  .request_id = std::string(v.get("request_id").string_or("")),
                  .tenant = std::string(v.get("tenant").string_or("")),
                  .at = read_time(v.get("at")),
                  .name = std::string(v.get("name").string_or("")),
                  .value = std::string(v.get("value").raw()),
                  .comment = std::string(v.get("comment").string_or("")),
                  .source = std::string(v.get("source").string_or(""))};
}

Result<Correction> RecordDecoder::correction(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  if (v.get("note").string_or("") != kCorrection) return not_a_record("another note");
  Correction out{.request_id = std::string(v.get("request_id").string_or("")),
                 .attempt = v.get("attempt").int_or(0),
                 .at = read_time(v.get("at")),
                 .made_at = read_time(v.get("made_at")),
                 .dimensions = read_dimensions(v),
                 .delta = {},
                 .newly_priced = v.get("newly_priced").bool_or(false),
                 .price_version = std::string(v.get("price_version").string_or(""))};
  TRY_ASSIGN(const auto delta, read_amount(v.get("delta")));
  if (!delta) return not_a_record("no delta");
  out.delta = *delta;
  return out;
}

Result<Intent> decode_intent(std::string_view payload) {
  return RecordDecoder().intent(payload);
}
Result<Settlement> decode_settlement(std::string_view payload) {
  return RecordDecoder().settlement(payload);
}
Result<Capture> decode_capture(std::string_view payload) {
  return RecordDecoder().capture(payload);
}
Result<Correction> decode_correction(std::string_view payload) {
  return RecordDecoder().correction(payload);
}
Result<Feedback> decode_feedback(std::string_view payload) {
  return RecordDecoder().feedback(payload);
}

}  // namespace maester::meter
