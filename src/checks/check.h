// Checks: deterministic graders of an answer, the same for requests and suites.
//
//   TRY_ASSIGN(const auto checks, checks::compile(body.root().get("maester").get("checks")));
//   const Evaluation evaluation = checks::evaluate(checks, {.output = answer, .latency = took});
//
// A check is written as `{type, value?, threshold?, weight?, name?, on_fail?}`. In a type `-` and
// `_` are one, and the prefix `not_` turns it round. Pure: no clock, no network; compiled checks
// are immutable and may be shared between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::checks {

// What is done when a check fails, from the mildest to the strictest.
enum class OnFail : std::uint8_t { record, retry, refuse, escalate };
std::string_view to_string(OnFail action);

// A check as it was written.
struct Check {
  std::string type;  // with `_`, without `not_`, aliases resolved
  bool inverse = false;
  std::optional<double> threshold;
  double weight = 1;
  std::string name;  // the written type when none was given
  OnFail on_fail = OnFail::record;
};

// What is graded. The views live as long as the call. A check of something that is not here fails
// with an error.
struct Subject {
  std::string_view output;
  std::optional<milliseconds> latency = std::nullopt;
  std::optional<FemtoUsd> cost = std::nullopt;
  std::string_view finish_reason = {};
};

struct Grade {
  std::string name;
  std::string type;
  double score = 0;  // 0 ... 1
  bool passed = false;
  std::string reason;
  OnFail on_fail = OnFail::record;
  double weight = 1;
  bool error = false;  // it could not be graded: never passed, whatever `not_` or the weight say
};

struct Evaluation {
  bool passed = true;
  double reliability_score =
      1;  // mean of the scores by weight; 1 without checks, 0 when all weights are 0
  std::vector<Grade> metrics;
  std::string_view status() const { return passed ? "pass" : "fail"; }
  // The strictest on_fail of the checks that failed; record when none did.
  OnFail action() const;
};

class Grader;  // checks/grader.h

class CompiledCheck {
 public:
  CompiledCheck(Check check, std::shared_ptr<const Grader> grader)
      : check_(std::move(check)), grader_(std::move(grader)) {}
  const Check& check() const { return check_; }
  Grade grade(const Subject& subject) const;

 private:
  Check check_;
  std::shared_ptr<const Grader> grader_;
};

inline constexpr std::size_t kMaxChecks = 50;

// Reads an array of checks; absent or null gives none. Fails with Code::invalid_request and `param`
// = the path in its document
// ("maester.checks[1].value"): an unknown type or member, a value of the wrong form, more than
// kMaxChecks.
Result<std::vector<CompiledCheck>> compile(const json::Value& checks);
// One check, for those that write them in another frame.
Result<CompiledCheck> compile_one(const json::Value& check);

// The checks of the seed's routes (CONTRACT.md §5).
CompiledCheck non_empty();
CompiledCheck required_terms(std::vector<std::string> terms);  // REQUIRES: not empty
CompiledCheck max_length(std::size_t code_points);

Evaluation evaluate(std::span<const CompiledCheck> checks, const Subject& subject);

// Whether an answer must be held back until it was judged: some check does more than record.
bool holds_back(std::span<const CompiledCheck> checks);

// {"status", "reliability_score", "metrics": [{"name", "score", "passed", "reason"}]}, scores with
// up to 4 decimals; the reason of a check that passed is null.
void append_evaluation(json::Writer& out, const Evaluation& evaluation);
// "1.0", "0.6667"
std::string format_score(double score);

}  // namespace maester::checks
