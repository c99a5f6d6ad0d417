// Gates as JSON, read strictly.
#include <algorithm>
#include <array>
#include <charconv>

#include "codec/json_object.h"
#include "evals/gates/gate.h"

namespace maester::evals {
namespace {

using Members = std::span<const std::string_view>;

constexpr std::array<std::string_view, 9> kKinds{"prompt_label",  "route_target", "model",
                                                 "index_version", "chunking",     "adapter",
                                                 "parser",        "policy",       "tool_schema"};
constexpr std::array<std::string_view, 8> kWith{
    "model", "model_fingerprint", "prompt", "policy_fingerprint", "index", "config", "grader",
    kGrading};

std::unexpected<Error> bad(std::string member, std::string message) {
  return fail(Code::invalid_request, std::move(message), std::move(member));
}

Status check_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (!name.empty() && name.size() <= 128 && name.front() != '.' &&
      std::ranges::all_of(name, plain))
    return {};
  return bad("name", "`name` must be 1 to 128 letters, digits, `.`, `_` or `-`.");
}

Result<std::string> read_string(json::Value value, std::size_t most = 256) {
  TRY_ASSIGN(const std::string_view text, value.as_string());
  if (text.empty() || text.size() > most)
    return bad(value.path(),
               "`" + value.path() + "` must be a text of 1 to " + std::to_string(most) + " bytes.");
  return std::string(text);
}

Result<double> read_share(json::Value value) {
  TRY_ASSIGN(const double share, value.as_double());
  if (share >= 0 && share <= 1) return share;
  return bad(value.path(), "`" + value.path() + "` must be from 0 to 1.");
}

Status read_optional_share(json::Value value, std::optional<double>& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, read_share(value));
  return {};
}

Result<std::int64_t> read_count(json::Value value, std::int64_t least) {
  TRY_ASSIGN(const std::int64_t count, value.as_int());
  if (count >= least && count <= 1'000'000'000) return count;
  return bad(value.path(),
             "`" + value.path() + "` must be from " + std::to_string(least) + " to 1000000000.");
}

Result<Guarded> read_guarded(json::Value value) {
  static constexpr std::array<std::string_view, 3> kMembers{"kind", "object", "slot"};
  TRY(json::only_known(value, kMembers));
  Guarded out;
  TRY_ASSIGN(out.kind, read_string(value.get("kind")));
  if (std::ranges::find(kKinds, out.kind) == kKinds.end()) {
    std::string known;
    for (const std::string_view kind : kKinds)
      known += (known.empty() ? "" : ", ") + std::string(kind);
    return bad("guards.kind",
               "`guards.kind` does not know `" + out.kind + "`; there are: " + known + ".");
  }
  if (!value.get("object").empty()) {
    TRY_ASSIGN(out.object, read_string(value.get("object")));
  }
  if (!value.get("slot").empty()) {
    if (out.kind != "prompt_label")
      return bad("guards.slot", "Only a `prompt_label` has a `slot`: the label's name.");
    TRY_ASSIGN(out.slot, read_string(value.get("slot")));
  }
  return out;
}

Status read_dataset(json::Value value, Gate& out) {
  TRY_ASSIGN(const std::string text, read_string(value));
  const std::size_t at = text.find('@');
  out.dataset = text.substr(0, at);
  if (at == std::string::npos) return {};
  std::string_view digits = std::string_view(text).substr(at + 1);
  if (digits.starts_with('v')) digits.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.dataset_version);
  if (error != std::errc{} || end != digits.data() + digits.size() || out.dataset_version < 1)
    return bad("dataset", "`dataset` must be a name, or name@VERSION with a whole number.");
  return {};
}

Status read_baseline(json::Value value, Gate& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const std::string text, read_string(value));
  if (text == "none") return {};
  out.baseline = text == "live" ? Gate::Baseline::live : Gate::Baseline::run;
  if (text != "live") out.baseline_run = text;
  return {};
}

Result<Threshold> read_threshold(json::Value value) {
  static constexpr std::array<std::string_view, 2> kMembers{"min", "max_drop"};
  TRY(json::only_known(value, kMembers));
  Threshold out;
  TRY(read_optional_share(value.get("min"), out.min));
  TRY(read_optional_share(value.get("max_drop"), out.max_drop));
  if (!out.min && !out.max_drop)
    return bad(value.path(), "`" + value.path() + "` needs `min`, `max_drop` or both.");
  return out;
}

Result<FemtoUsd> read_usd(json::Value value) {
  const std::string text(value.is_string() ? value.string_or("") : value.raw());
  bool rounded = false;
  const auto amount =
      value.is_string() || value.is_number() ? FemtoUsd::parse(text, &rounded) : std::nullopt;
  if (amount && !rounded && *amount >= FemtoUsd()) return *amount;
  return bad(value.path(),
             "`" + value.path() + "` must be a decimal of at most 15 places, such as \"0.002\".");
}

Result<GateRules> read_rules(json::Value value) {
  static constexpr std::array<std::string_view, 9> kMembers{"min_cases",
                                                            "min_pass_rate",
                                                            "thresholds",
                                                            "max_error_rate",
                                                            "max_cost_usd_per_case",
                                                            "max_p95_latency_ms",
                                                            "no_regression",
                                                            "confidence",
                                                            "min_effect"};
  TRY(json::only_known(value, kMembers));
  GateRules out;
  if (const auto cases = value.get("min_cases"); !cases.empty()) {
    TRY_ASSIGN(out.min_cases, read_count(cases, 1));
  }
  TRY(read_optional_share(value.get("min_pass_rate"), out.min_pass_rate));
  TRY(read_optional_share(value.get("max_error_rate"), out.max_error_rate));
  TRY(read_optional_share(value.get("min_effect"), out.min_effect));
  if (out.min_effect && *out.min_effect == 0)
    return bad(
        "rules.min_effect",
        "`rules.min_effect` must be above 0: no number of cases rules out a drop of nothing.");
  if (const auto confidence = value.get("confidence"); !confidence.empty()) {
    TRY_ASSIGN(out.confidence, read_share(confidence));
    if (*out.confidence < 0.5 || *out.confidence > 0.999)
      return bad("rules.confidence", "`rules.confidence` must be from 0.5 to 0.999.");
  }
  if (const auto cost = value.get("max_cost_usd_per_case"); !cost.empty()) {
    TRY_ASSIGN(out.max_cost_per_case, read_usd(cost));
  }
  if (const auto latency = value.get("max_p95_latency_ms"); !latency.empty()) {
    TRY_ASSIGN(out.max_p95_latency_ms, read_count(latency, 1));
  }
  if (const auto none = value.get("no_regression"); !none.empty()) {
    TRY_ASSIGN(out.no_regression, none.as_bool());
  }
  if (const auto thresholds = value.get("thresholds"); !thresholds.empty()) {
    if (!thresholds.is_object() || thresholds.size() > 64 || thresholds.duplicate_key())
      return bad("rules.thresholds",
                 "`rules.thresholds` must be an object of up to 64 metrics, each named once.");
    for (const json::Value one : thresholds) {
      TRY_ASSIGN(const Threshold threshold, read_threshold(one));
      out.thresholds.emplace(std::string(one.key()), threshold);
    }
  }
  return out;
}

bool decides_nothing(const GateRules& rules) {
  return !rules.min_pass_rate && !rules.max_error_rate && !rules.max_cost_per_case &&
         !rules.max_p95_latency_ms && !rules.no_regression && !rules.min_effect &&
         rules.thresholds.empty();
}

Status check_whole(const Gate& gate) {
  if (decides_nothing(gate.rules))
    return bad("rules",
               "The gate has no rule that could refuse anything: set `min_pass_rate`, "
               "`thresholds`, `max_error_rate`, `max_cost_usd_per_case`, `max_p95_latency_ms`, "
               "`no_regression` or `min_effect`.");
  if (gate.baseline == Gate::Baseline::none && gate.rules.needs_baseline())
    return bad("baseline",
               "`no_regression`, `max_drop` and `min_effect` compare with something: set "
               "`baseline` to \"live\" or to a run's id.");
  if (gate.baseline != Gate::Baseline::none && !gate.rules.needs_baseline())
    return bad("baseline",
               "Nothing in `rules` compares with a baseline: leave `baseline` out, or set "
               "`no_regression`, `max_drop` or `min_effect`.");
  return {};
}

Result<std::chrono::seconds> read_age(json::Value value) {
  TRY_ASSIGN(const std::string text, read_string(value, 32));
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t each = unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (error != std::errc{} || each == 0 || count < 1 || count > 100'000)
    return bad(
        "max_age",
        "`max_age` must be a whole number of minutes, hours or days: \"30m\", \"12h\", \"7d\".");
  return std::chrono::seconds(count * each);
}

void write_rules(json::Writer& w, const GateRules& rules) {
  w.key("rules").begin_object().field("min_cases", rules.min_cases);
  if (rules.min_pass_rate) w.field("min_pass_rate", *rules.min_pass_rate);
  if (!rules.thresholds.empty()) {
    w.key("thresholds").begin_object();
    for (const auto& [metric, threshold] : rules.thresholds) {
      w.key(std::string_view(metric)).begin_object();
      if (threshold.min) w.field("min", *threshold.min);
      if (threshold.max_drop) w.field("max_drop", *threshold.max_drop);
      w.end_object();
    }
    w.end_object();
  }
  if (rules.max_error_rate) w.field("max_error_rate", *rules.max_error_rate);
  if (rules.max_cost_per_case) w.field("max_cost_usd_per_case", *rules.max_cost_per_case);
  if (rules.max_p95_latency_ms) w.field("max_p95_latency_ms", *rules.max_p95_latency_ms);
  if (rules.no_regression) w.field("no_regression", true);
  if (rules.confidence) w.field("confidence", *rules.confidence);
  if (rules.min_effect) w.field("min_effect", *rules.min_effect);
  w.end_object();
}

}  // namespace

Result<Gate> read_gate(json::Value body) {
  static constexpr std::array<std::string_view, 8> kMembers{
      "name", "guards", "dataset", "baseline", "with", "rules", "max_age", "override_role"};
  TRY(json::only_known(body, kMembers));
  Gate out;
  TRY_ASSIGN(out.name, read_string(body.get("name")));
  TRY(check_name(out.name));
  TRY_ASSIGN(out.guards, read_guarded(body.get("guards")));
  TRY(read_dataset(body.get("dataset"), out));
  TRY(read_baseline(body.get("baseline"), out));
  TRY_ASSIGN(out.rules, read_rules(body.get("rules")));
  if (const json::Value with = body.get("with"); !with.empty()) {
    TRY(json::only_known(with, kWith));
    for (const json::Value one : with) {
      TRY_ASSIGN(std::string value, read_string(one));
      out.with.emplace(std::string(one.key()), std::move(value));
    }
  }
  if (const json::Value age = body.get("max_age"); !age.empty()) {
    TRY_ASSIGN(out.max_age, read_age(age));
  }
  if (const json::Value role = body.get("override_role"); !role.empty()) {
    TRY_ASSIGN(const std::string_view name, role.as_string());
    const auto known = access::parse_role(name);
    if (!known || *known == access::Role::viewer)
      return bad("override_role", "`override_role` must be \"member\" or \"admin\".");
    out.override_role = *known;
  }
  TRY(check_whole(out));
  return out;
}

void write_gate(json::Writer& w, const Gate& gate) {
  w.begin_object().field("name", gate.name).key("guards").begin_object();
  w.field("kind", gate.guards.kind).field("object", gate.guards.object);
  if (gate.guards.slot != "*") w.field("slot", gate.guards.slot);
  w.end_object();
  w.field("dataset", gate.dataset_version == 0
                         ? gate.dataset
                         : gate.dataset + "@" + std::to_string(gate.dataset_version));
  w.field("baseline", gate.baseline == Gate::Baseline::none   ? std::string("none")
                      : gate.baseline == Gate::Baseline::live ? std::string("live")
                                                              : gate.baseline_run);
  if (!gate.with.empty()) {
    w.key("with").begin_object();
    for (const auto& [member, value] : gate.with) w.field(std::string_view(member), value);
    w.end_object();
  }
  write_rules(w, gate.rules);
  if (gate.max_age) {
    const std::int64_t minutes = gate.max_age->count() / 60;
    w.field("max_age", minutes % 1440 == 0 ? std::to_string(minutes / 1440) + "d"
                       : minutes % 60 == 0 ? std::to_string(minutes / 60) + "h"
                                           : std::to_string(minutes) + "m");
  }
  w.field("override_role", to_string(gate.override_role)).end_object();
}

std::string gate_json(const Gate& gate) {
  std::string out;
  json::Writer w(out);
  write_gate(w, gate);
  return out;
}

}  // namespace maester::evals
