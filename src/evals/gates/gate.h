// A gate: what may not go live before a run shows that it may. Plain values; docs/how-to/gates.md
// has the meaning of each member for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "access/principal.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/runs/results.h"

namespace maester::evals {

// What is guarded, in the words of access/release_guard.h.
struct Guarded {
  std::string kind;          // "prompt_label", ... (gate_json.cc)
  std::string object = "*";  // "*" = every one
  std::string slot = "*";    // a prompt's label; "*" for what has none
  bool covers(std::string_view k, std::string_view o, std::string_view s) const {
    return k == kind && (object == "*" || o == object) && (slot == "*" || s == slot);
  }
  bool operator==(const Guarded&) const = default;
};

struct Threshold {
  std::optional<double> min;       // the mean is at least this
  std::optional<double> max_drop;  // and at most this much below the baseline's
};

// A rule that is not set asks for nothing. With `confidence` it is the unfavourable end of the
// figure's interval that must satisfy it, not the estimate: what is not shown does not count.
struct GateRules {
  std::int64_t min_cases = 1;
  std::optional<double> min_pass_rate;
  std::map<std::string, Threshold, std::less<>> thresholds;  // by metric; `score`, `pass_rate` too
  std::optional<double> max_error_rate;
  std::optional<FemtoUsd> max_cost_per_case;
  std::optional<std::int64_t> max_p95_latency_ms;
  bool no_regression = false;
  std::optional<double> confidence;
  std::optional<double> min_effect;  // a drop of the pass rate this large must be ruled out
  bool needs_baseline() const;
};

struct Gate {
  std::string tenant, name;
  Guarded guards;
  std::string dataset;
  std::int64_t dataset_version = 0;  // 0 = whatever version the run is of
  enum class Baseline : std::uint8_t { none, live, run } baseline = Baseline::none;
  std::string baseline_run;
  Candidate with;  // what the run must have been of besides ("model": "gpt-4.1-mini")
  GateRules rules;
  std::optional<std::chrono::seconds> max_age;  // of the run
  access::Role override_role = access::Role::admin;
  WallTime created_at{};
};

// The object as it is sent (docs/how-to/gates.md). Fails with Code::invalid_request, naming the
// member: one that is unknown, missing, out of bounds or contradicts another.
Result<Gate> read_gate(json::Value body);
void write_gate(json::Writer& w, const Gate& gate);
std::string gate_json(const Gate& gate);

// True when a run of `candidate` says something about `to` at this place: it was of exactly that.
// Names alone never match, versions and fingerprints do.
bool is_of(const Candidate& candidate, std::string_view kind, std::string_view object,
           std::string_view to);
// The same for what the gate asks of a run besides.
bool has(const Candidate& candidate, const Candidate& with);
// The member of a Candidate that names it, and its value, for messages and look-ups: {"prompt",
// "greet@v3"}.
struct Fact {
  std::string_view member;
  std::string value;
};
Fact fact_of(std::string_view kind, std::string_view object, std::string_view to);
// What a candidate has at a gate's place: `to` of a release, "" when it is not of the place.
std::string target_of(const Candidate& candidate, const Guarded& guards, std::string& object);

}  // namespace maester::evals
