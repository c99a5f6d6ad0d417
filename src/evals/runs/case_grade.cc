#include "evals/runs/case_grade.h"

#include <algorithm>

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

Value value_of(const std::string& json) {
  if (json.empty()) return {};
  auto value = parse_json(json);
  return value ? std::move(*value) : Value();
}

constexpr std::string_view kExpected = "__expected";

// Variables as assertions see them: the case's own, and what is expected as `expected`.
Value variables_of(const Case& one) {
  Value out = value_of(one.vars);
  if (!out.is_object()) out = Value::object();
  if (one.expected.empty()) return out;
  Value expected = value_of(one.expected);
  out.set(kExpected, expected);
  if (!out.get("expected").exists()) out.set("expected", std::move(expected));
  return out;
}

// The output is what is expected. A text is put in by name: as a value it would be a template,
// which data never is (docs/adr/0150).
Value equals_expected(const Case& one) {
  Value out = Value::object();
  out.set("type", Value::of("equals"));
  Value expected = value_of(one.expected);
  out.set("value", expected.is_string() ? Value::of("{{ __expected }}") : std::move(expected));
  return Value::of(Value::Array{std::move(out)});
}

Result<std::vector<Assertion>> assertions_of(const Case& one,
                                             const std::vector<Assertion>& of_run) {
  std::vector<Assertion> out = of_run;
  const std::string where = "case " + one.id;
  Value own = value_of(one.assertions);
  if (own.array().empty() && of_run.empty() && !one.expected.empty()) own = equals_expected(one);
  TRY_ASSIGN(auto read, read_assertions(own, {.file = where, .folder = {}}));
  std::ranges::move(read, std::back_inserter(out));
  return out;
}

bool is_json_check(const std::string& type) {
  return type == "is-json" || type == "contains-json";
}

// The class of the first assertion that failed.
std::string failure_of(const Grading& grading) {
  for (const Grading& part : grading.parts) {
    if (part.pass) continue;
    if (is_json_check(part.type)) return "invalid_json";
    if (part.type == "is-valid-openai-tools-call" || part.type == "tool-call-f1")
      return "bad_tool_call";
    if (!part.parts.empty()) return failure_of(part);
    return "failed_check";
  }
  return "failed_check";
}

CaseResult begin(const Case& one, std::int64_t repeat) {
  CaseResult out;
  out.case_id = one.id;
  out.source = one.source.cluster();
  out.approved = one.state == CaseState::approved;
  out.repeat = repeat;
  return out;
}

void take_grading(CaseResult& out, const Grading& grading) {
  out.score = grading.score;
  for (const Grading::Named& named : grading.named) out.scores[named.name] = named.score;
  out.reason = grading.reason;
  if (grading.error) {
    out.verdict = Verdict::error;
    out.failure = "grader_error";
    out.score = 0;
  } else if (!grading.pass) {
    out.verdict = Verdict::fail;
    out.failure = failure_of(grading);
  } else {
    out.verdict = Verdict::pass;
  }
}

}  // namespace

CaseResult failed_case(const Case& one, std::int64_t repeat, std::string_view failure,
                       std::string reason) {
  CaseResult out = begin(one, repeat);
  out.failure = failure;
  out.reason = std::move(reason);
  return out;
}

CaseResult judge_case(const Case& one, std::int64_t repeat, const CaseAnswer& given,
                      const GradeContext& context) {
  const Answer& answer = given.answer;
  CaseResult out = begin(one, repeat);
  out.request_id = given.request_id;
  out.cost = answer.cost;
  out.latency_ms = answer.latency.value_or(milliseconds(0)).count();
  out.input_tokens = answer.prompt_tokens;
  out.output_tokens = answer.completion_tokens;
  out.cached = answer.cached;
  if (!answer.error.empty()) {
    out.failure = given.failure.empty() ? "http_error" : given.failure;
    out.reason = answer.error;
    return out;
  }
  out.output = output_text(answer.output);
  const auto assertions = assertions_of(one, context.of_run);
  if (!assertions || assertions->empty()) {
    out.failure = "grader_error";
    out.reason = assertions ? "Nothing says what is right: neither the run nor the case has "
                              "assertions or an expected answer."
                            : assertions.error().message;
    return out;
  }
  GradeSpend spend;
  static const Value kNone;
  const Value vars = variables_of(one);
  const Graded subject{.output = answer.output,
                       .answer = answer,
                       .vars = vars,
                       .prompt = context.prompt,
                       .provider_config = kNone,
                       .graders = context.graders,
                       .spend = &spend};
  const auto threshold = one.threshold ? one.threshold : context.threshold;
  take_grading(out, grade_all(*assertions, threshold, subject));
  if (spend.asked > 0) {
    if (spend.unpriced == 0) out.grading_cost = spend.cost;
  } else {
    out.grading_cost = FemtoUsd{};
  }
  // An answer that is no answer of its kind fails whatever the assertions say.
  if (!given.failure.empty() && out.verdict == Verdict::pass) {
    out.verdict = Verdict::fail;
    out.score = 0;
    out.failure = given.failure;
    out.reason = "The answer is " + given.failure + " by itself.";
  }
  return out;
}

}  // namespace maester::evals
