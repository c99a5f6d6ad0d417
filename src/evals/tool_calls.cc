#include "evals/tool_calls.h"

#include <set>

#include "codec/json_schema.h"

namespace maester::evals {
namespace {

using Names = std::set<std::string>;

Grading verdict(bool pass, double score, std::string reason) {
  Grading out;
  out.pass = pass;
  out.score = score;
  out.reason = std::move(reason);
  return out;
}

// The calls of an output: the list itself, or its `tool_calls`; a text is read as JSON.
Value calls_of(const Value& output) {
  if (output.is_string()) {
    const auto read = parse_json(output.string());
    return read ? calls_of(*read) : Value();
  }
  return output.is_object() ? output.get("tool_calls") : output;
}

std::string name_of(const Value& call) {
  const Value& function = call.get("function").is_object() ? call.get("function") : call;
  return function.get("name").shown();
}

Names wanted_names(const Value& value) {
  Names out;
  for (const Value& one : value.array()) out.insert(one.shown());
  std::string name;
  for (const char c : value.string() + ",") {
    if (c == ',') {
      if (!name.empty()) out.insert(std::exchange(name, {}));
    } else if (c != ' ') {
      name += c;
    }
  }
  return out;
}

Grading f1(const Assertion& assertion, const Value& calls) {
  const Names wanted = wanted_names(assertion.value);
  Grading none;
  none.error = true;
  none.reason = "tool-call-f1 needs a list of tools as its value";
  if (wanted.empty()) return none;
  Names called;
  for (const Value& call : calls.array()) called.insert(name_of(call));
  double both = 0;
  for (const std::string& name : called) both += wanted.contains(name) ? 1 : 0;
  const double score =
      2 * both / (static_cast<double>(called.size()) + static_cast<double>(wanted.size()));
  const bool pass = (score >= assertion.threshold.value_or(1)) != assertion.inverse;
  return verdict(pass, assertion.inverse ? 1 - score : score,
                 "F1 of the tools is " + number_text(score));
}

// Why a call does not do, "" when it does.
std::string fault_of(const Value& call, const Value& tools) {
  const Value& function = call.get("function");
  if (!function.get("name").is_string() || !function.get("arguments").is_string())
    return "a call has no function with a name and arguments";
  for (const Value& tool : tools.array()) {
    if (tool.get("function").get("name").string() != function.get("name").string()) continue;
    const auto given = json::Document::parse(function.get("arguments").string());
    if (!given) return "the arguments are not JSON: " + given.error().message;
    const Value& parameters = tool.get("function").get("parameters");
    if (!parameters.is_object()) return {};
    JsonSchema::Options options;
    options.default_draft = JsonSchema::Draft::draft7;
    options.refuse_unknown_keywords = true;
    options.assert_formats = true;
    const auto schema = JsonSchema::compile(parameters.json(), options);
    if (!schema) return "the tool's schema is malformed: " + schema.error().message;
    const auto result = schema->validate(given->root());
    return result.valid ? std::string() : result.failures.front().to_string();
  }
  return "there is no tool `" + function.get("name").string() + "`";
}

}  // namespace

Grading grade_tool_calls(const Assertion& assertion, const Value& output, const Graded& subject) {
  const Value calls = calls_of(output);
  if (assertion.type == "tool-call-f1") return f1(assertion, calls);
  // `not-` counts for nothing with this type, as in the original.
  if (calls.array().empty()) return verdict(false, 0, "The output is no list of tool calls");
  for (const Value& call : calls.array()) {
    const std::string fault = fault_of(call, subject.provider_config.get("tools"));
    if (!fault.empty()) return verdict(false, 0, "A tool call is not valid: " + fault);
  }
  return verdict(true, 1, "The tool calls are valid");
}

}  // namespace maester::evals
