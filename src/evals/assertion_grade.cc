// One assertion and one output -> a grading.
#include <cmath>

#include "evals/assertion.h"
#include "evals/assertion_model.h"
#include "evals/retrieval_measures.h"
#include "evals/template.h"
#include "evals/tool_calls.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

using Kind = Assertion::Kind;

Grading not_graded(std::string reason) {
  Grading out;
  out.reason = std::move(reason);
  out.error = true;
  return out;
}

Grading verdict(bool pass, double score, std::string reason) {
  Grading out;
  out.pass = pass;
  out.score = score;
  out.reason = std::move(reason);
  return out;
}

Result<std::string> rendered(const std::string& text, const Value& vars) {
  if (!looks_like_template(text)) return text;
  TRY_ASSIGN(const Template parsed, Template::parse(text));
  return parsed.render([&](std::string_view name) -> const Value& { return vars.get(name); });
}

Grading run_check(const checks::CompiledCheck& check, const Graded& subject,
                  const std::string& output) {
  checks::Subject graded{.output = output};
  graded.latency = subject.answer.latency;
  graded.cost = subject.answer.cost;
  graded.finish_reason = subject.answer.finish_reason;
  checks::Grade grade = check.grade(graded);
  if (grade.error) return not_graded(std::move(grade.reason));
  return verdict(grade.passed, grade.score, std::move(grade.reason));
}

Grading by_check(const Assertion& assertion, const Graded& subject, const std::string& output) {
  if (assertion.compiled) return run_check(*assertion.compiled, subject, output);
  auto value = rendered_value(assertion.value, subject.vars);
  if (!value) return not_graded(value.error().message);
  const bool pattern = assertion.type == "regex" && !value->text().empty() && !value->empty();
  const auto check = compile_check(assertion, std::move(*value));
  if (!check) {
    // As the original has it: a pattern that cannot be compiled fails, under `not-` too.
    if (pattern) return verdict(false, 0, "Invalid regex pattern: " + check.error().message);
    return not_graded(assertion.written + ": " + check.error().message);
  }
  return run_check(*check, subject, output);
}

Grading by_expression(const Assertion& assertion, const Graded& subject, const Value& output) {
  const auto result = run_transform(*assertion.expression, output, subject.vars, subject.prompt);
  if (!result) return not_graded(assertion.written + ": " + result.error().message);
  const std::string& code = assertion.value.string();
  if (result->is_bool()) {
    const bool pass = result->boolean() != assertion.inverse;
    return verdict(pass, pass ? 1 : 0,
                   pass ? "The expression holds" : "The expression does not hold: " + code);
  }
  if (result->is_number()) {
    const double score = result->number();
    const bool enough = assertion.threshold ? score >= *assertion.threshold : score > 0;
    const bool pass = enough != assertion.inverse;
    return verdict(pass, score, "The expression gives " + number_text(score) + ": " + code);
  }
  if (result->get("pass").is_bool()) {
    const bool pass = result->get("pass").boolean() != assertion.inverse;
    const Value& score = result->get("score");
    return verdict(pass,
                   score.is_number() ? score.number()
                   : pass            ? 1
                                     : 0,
                   result->get("reason").shown());
  }
  return not_graded("The expression gives neither a boolean nor a number: " + code);
}

Grading by_measure(const Assertion& assertion, const Answer& answer) {
  if (assertion.type == "guardrails") {
    const bool pass = !answer.flagged.value_or(false) != assertion.inverse;
    return verdict(pass, pass ? 1 : 0,
                   answer.flagged.value_or(false) ? "A guardrail flagged the output"
                                                  : "No guardrail flagged the output");
  }
  if (!answer.log_probabilities || answer.log_probabilities->empty())
    return not_graded(assertion.written + ": the provider gave no log probabilities");
  double sum = 0;
  for (const double one : *answer.log_probabilities) sum += one;
  const double mean = sum / static_cast<double>(answer.log_probabilities->size());
  if (assertion.type == "perplexity") {
    const double value = std::exp(-mean);
    const bool pass = (!assertion.threshold || value <= *assertion.threshold) != assertion.inverse;
    return verdict(pass, pass ? 1 : 0, "The perplexity is " + number_text(value));
  }
  const double score = 1 / (1 + std::exp(-mean));
  const bool pass = (!assertion.threshold || score >= *assertion.threshold) != assertion.inverse;
  return verdict(pass, assertion.inverse ? 1 - score : score,
                 "The perplexity score is " + number_text(score));
}

Grading by_kind(const Assertion& assertion, const Graded& subject) {
  if (assertion.kind == Kind::not_here) return not_graded(assertion.problem);
  Value changed;
  const Value* output = &subject.output;
  if (assertion.transform) {
    auto result = run_transform(*assertion.transform, *output, subject.vars, subject.prompt);
    if (!result) return not_graded("transform: " + result.error().message);
    changed = std::move(*result);
    output = &changed;
  }
  switch (assertion.kind) {
    case Kind::check:
      return by_check(assertion, subject, output_text(*output));
    case Kind::expression:
      return by_expression(assertion, subject, *output);
    case Kind::measure:
      return by_measure(assertion, subject.answer);
    case Kind::retrieval:
      return grade_retrieval(assertion, *output, subject);
    case Kind::tool_calls:
      return grade_tool_calls(assertion, *output, subject);
    case Kind::model:
      return grade_by_model(assertion, *output, subject);
    case Kind::max_score:
    case Kind::select_best: {
      Grading out = verdict(true, 0, "judged among all outputs of the test");
      out.later = true;
      return out;
    }
    case Kind::set:
    case Kind::not_here:
      break;
  }
  return not_graded("unreachable");
}

}  // namespace

Result<Value> rendered_value(const Value& value, const Value& vars) {
  if (value.is_string()) {
    TRY_ASSIGN(std::string text, rendered(value.string(), vars));
    return Value::of(std::move(text));
  }
  if (!value.is_array()) return value;
  Value::Array out;
  for (const Value& one : value.array()) {
    if (!one.is_string()) {
      out.push_back(one);
      continue;
    }
    TRY_ASSIGN(std::string text, rendered(one.string(), vars));
    out.push_back(Value::of(std::move(text)));
  }
  return Value::of(std::move(out));
}

Result<checks::CompiledCheck> compile_check(const Assertion& assertion, Value value) {
  const std::string& type = assertion.type;
  // A schema may be written as a text of YAML.
  if ((type == "is-json" || type == "contains-json") && value.is_string()) {
    TRY_ASSIGN(value, parse_yaml(value.string(), "the schema"));
  }
  std::string text;
  json::Writer w(text);
  w.begin_object().field("type", assertion.written);
  const bool bounded = type == "cost" || type == "latency";
  const bool takes_value =
      !bounded && type != "is-html" && type != "contains-html" && type != "is-refusal";
  if (takes_value && !value.empty()) {
    w.key("value");
    value.append_json(w);
  }
  if (assertion.threshold) w.raw_field("threshold", number_text(*assertion.threshold));
  w.end_object();
  TRY_ASSIGN(const json::Document document, json::Document::parse(text));
  return checks::compile_one(document.root());
}

std::string output_text(const Value& output) {
  return output.is_string() ? output.string() : output.json();
}

Result<Value> run_transform(const Expression& transform, const Value& output, const Value& vars,
                            const std::string& prompt) {
  Value context = Value::object();
  context.set("vars", vars);
  Value prompt_value = Value::object();
  prompt_value.set("raw", Value::of(prompt));
  context.set("prompt", std::move(prompt_value));
  static const Value kNone;
  Budget budget;
  return evaluate(
      transform,
      [&](std::string_view name) -> const Value& {
        if (name == "output") return output;
        if (name == "context") return context;
        return name == "vars" ? vars : kNone;
      },
      budget);
}

Grading grade(const Assertion& assertion, const Graded& subject) {
  Grading out;
  if (assertion.kind == Kind::set) {
    std::vector<Grading> parts;
    for (const Assertion& part : assertion.parts) {
      parts.push_back(grade(part, subject));
      if (parts.back().error) return parts.back();
    }
    out = sum_up(std::move(parts), assertion.threshold);
  } else {
    out = by_kind(assertion, subject);
    if (assertion.weight == 0 && !out.error) out.pass = true;  // told, not judged
  }
  out.type = assertion.written;
  out.weight = assertion.weight;
  auto metric = rendered(assertion.metric, subject.vars);
  if (!metric) return not_graded("metric: " + metric.error().message);
  out.metric = std::move(*metric);
  return out;
}

Grading grade_all(const std::vector<Assertion>& assertions, std::optional<double> threshold,
                  const Graded& subject) {
  std::vector<Grading> parts;
  for (const Assertion& assertion : assertions) {
    parts.push_back(grade(assertion, subject));
    // What cannot be graded makes the row an error, whatever the others say.
    if (parts.back().error) return not_graded(parts.back().reason);
  }
  return sum_up(std::move(parts), threshold);
}

}  // namespace maester::evals
