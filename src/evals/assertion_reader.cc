// What is written in `assert` -> Assertion.
#include <algorithm>
#include <array>
#include <charconv>

#include "evals/assertion.h"
#include "evals/assertion_model.h"
#include "evals/files.h"
#include "evals/grader_choice.h"
#include "evals/template.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

using Kind = Assertion::Kind;

constexpr auto kChecks = std::to_array<std::string_view>(
    {"equals",        "contains",      "icontains",    "contains-any", "icontains-any",
     "contains-all",  "icontains-all", "starts-with",  "regex",        "is-json",
     "contains-json", "is-xml",        "contains-xml", "is-html",      "contains-html",
     "is-sql",        "contains-sql",  "levenshtein",  "rouge-n",      "bleu",
     "gleu",          "word-count",    "is-refusal",   "cost",         "latency",
     "finish-reason"});
constexpr auto kMeasures =
    std::to_array<std::string_view>({"perplexity", "perplexity-score", "guardrails"});
constexpr auto kRetrieval = std::to_array<std::string_view>(
    {"retrieval-ndcg", "retrieval-mrr", "retrieval-recall", "retrieval-map"});
constexpr auto kToolCalls =
    std::to_array<std::string_view>({"tool-call-f1", "is-valid-openai-tools-call"});

// Types that exist and are not run here, and why.
struct Refused {
  std::string_view type, why;
};
constexpr std::string_view kCode = "runs foreign code, which this runner does not do";
constexpr std::string_view kModel =
    "is graded by a service or an agent, which this runner does not ask";
constexpr std::string_view kTrace = "needs a trace of spans, which this version does not read yet";
constexpr auto kRefused = std::to_array<Refused>({
    {"python", kCode},
    {"ruby", kCode},
    {"webhook", kCode},
    {"is-valid-function-call", "is judged by the provider's own code"},
    {"is-valid-openai-function-call", "is judged by the provider's own code"},
    {"meteor", "needs the data of WordNet, which is not part of Maester"},
    {"human", "needs a person"},
    {"pi", kModel},
    {"search-rubric", kModel},
    {"agent-rubric", kModel},
    {"trajectory:goal-success", kModel},
    {"skill-used", kTrace},
    {"trajectory:tool-used", kTrace},
    {"trajectory:tool-args-match", kTrace},
    {"trajectory:tool-sequence", kTrace},
    {"trajectory:step-count", kTrace},
    {"trace-span-count", kTrace},
    {"trace-span-duration", kTrace},
    {"trace-error-spans", kTrace},
});

constexpr auto kMembers = std::to_array<std::string_view>(
    {"type", "value", "threshold", "weight", "metric", "provider", "rubricPrompt", "config",
     "transform", "contextTransform", "assert"});

template <class List>
bool among(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string_view why_refused(std::string_view type) {
  if (type.starts_with("promptfoo:")) return "belongs to promptfoo's red-team service";
  for (const Refused& one : kRefused) {
    if (one.type == type) return one.why;
  }
  return {};
}

bool has_template(const Value& value) {
  if (value.is_string()) return looks_like_template(value.string());
  return std::ranges::any_of(value.array(), has_template);
}

class Reader {
 public:
  explicit Reader(const AssertionContext& context) : context_(context) {}

  Result<std::vector<Assertion>> list(const Value& list, bool inside) {
    std::vector<Assertion> out;
    if (list.empty()) return out;
    if (!list.is_array()) return wrong(list, "`assert` must be a list");
    for (const Value& one : list.array()) {
      TRY_ASSIGN(Assertion assertion, read(one, inside));
      out.push_back(std::move(assertion));
    }
    return out;
  }

 private:
  std::unexpected<Error> wrong(const Value& where, std::string_view what) const {
    return fault(context_.file, where.place, what);
  }

  Result<Assertion> read(const Value& given, bool inside) {
    if (!given.is_object()) return wrong(given, "an assertion must be a mapping with a `type`");
    for (const Member& member : given.members()) {
      if (!among(kMembers, member.key))
        return wrong(member.value, "`" + member.key + "` is no member of an assertion");
    }
    const Value& type = given.get("type");
    if (!type.is_string()) return wrong(given, "an assertion needs a `type`");
    Assertion out;
    out.place = type.place.line != 0 ? type.place : given.place;
    out.written = out.type = type.string();
    TRY(read_numbers(given, out));
    if (given.get("metric").exists()) out.metric = given.get("metric").shown();
    if (out.type == "assert-set") {
      if (inside) return wrong(given, "an assert-set cannot stand inside of an assert-set");
      out.kind = Kind::set;
      if (given.get("assert").array().empty()) return wrong(given, "an assert-set needs `assert`");
      TRY_ASSIGN(out.parts, list(given.get("assert"), true));
      return out;
    }
    if (out.type.starts_with("not-")) {
      out.inverse = true;
      out.type.erase(0, 4);
    }
    out.value = given.get("value");
    out.config = given.get("config");
    TRY(read_kind(given, out));
    if (out.kind == Kind::not_here) return out;
    TRY(read_transforms(given, out));
    TRY(read_value(out));
    if (out.kind != Kind::check || has_template(out.value)) return out;
    // What is malformed is told by each row that needs it, as the original does.
    if (auto check = compile_check(out, out.value))
      out.compiled = std::make_shared<const checks::CompiledCheck>(*std::move(check));
    return out;
  }

  Status read_numbers(const Value& given, Assertion& out) const {
    const Value& weight = given.get("weight");
    if (!weight.empty()) {
      if (!weight.is_number() || !(weight.number() >= 0) || weight.number() > 1e9)
        return wrong(weight, "`weight` must be a number that is not negative");
      out.weight = weight.number();
    }
    const Value& threshold = given.get("threshold");
    if (!threshold.empty()) {
      if (!threshold.is_number() || threshold.number() != threshold.number())
        return wrong(threshold, "`threshold` must be a number");
      out.threshold = threshold.number();
    }
    return {};
  }

  Status not_here(Assertion& out, std::string why) const {
    out.problem = std::move(why);
    out.kind = Kind::not_here;
    if (context_.unsupported == Unsupported::error) return {};
    return fault(context_.file, out.place, out.problem);
  }

  Status read_kind(const Value& given, Assertion& out) const {
    const std::string name = "the assertion `" + out.written + "` ";
    if (const std::string_view why = why_refused(out.type); !why.empty())
      return not_here(out, name + std::string(why));
    const bool by_model = graded_by_model(out.type) || out.type == "select-best";
    if (!by_model && !given.get("contextTransform").empty())
      return not_here(out, "`contextTransform` serves assertions about a context");
    const std::string_view reference = file_reference(out.value.string());
    const std::string ending = ending_of(reference.substr(0, reference.find(':')));
    if (among(std::to_array<std::string_view>(
                  {".js", ".cjs", ".mjs", ".ts", ".py", ".rb", ".mts", ".cts"}),
              ending) ||
        out.value.string().starts_with("package:")) {
      return not_here(out, name + "has a value that is made by foreign code");
    }
    if (out.type == "javascript") {
      out.kind = Kind::expression;
      auto read = parse_expression(out.value.string(), Dialect::script);
      if (!read)
        return not_here(out, name + "runs foreign code unless it is one plain expression: " +
                                 read.error().message);
      out.expression = std::move(*read);
      return {};
    }
    if (by_model) {
      out.kind = out.type == "select-best" ? Kind::select_best : Kind::model;
      TRY_ASSIGN(out.grader, read_grader_choice(given, out.type, context_));
    } else if (out.type == "max-score")
      out.kind = Kind::max_score;
    else if (among(kMeasures, out.type))
      out.kind = Kind::measure;
    else if (among(kRetrieval, out.type))
      out.kind = Kind::retrieval;
    else if (among(kToolCalls, out.type))
      out.kind = Kind::tool_calls;
    else if (!among(kChecks, out.type))
      return not_here(out, "Unknown assertion type: " + out.written);
    return {};
  }

  Status read_transforms(const Value& given, Assertion& out) const {
    TRY(read_transform(given, "transform", out, out.transform));
    if (out.kind == Kind::not_here) return {};
    return read_transform(given, "contextTransform", out, out.context_transform);
  }
  Status read_transform(const Value& given, const std::string& name, Assertion& out,
                        std::optional<Expression>& into) const {
    const Value& transform = given.get(name);
    if (transform.empty()) return {};
    if (!transform.is_string()) return wrong(transform, "`" + name + "` must be an expression");
    auto read = parse_expression(transform.string(), Dialect::script);
    if (!read) {
      Assertion copy = out;
      copy.place = transform.place;
      TRY(not_here(copy, "this `" + name + "` needs code: " + read.error().message));
      out.kind = Kind::not_here;
      out.problem = copy.problem;
      return {};
    }
    into = std::move(*read);
    return {};
  }

  // Files are read now, templates are looked at now, and a grader without a template is made now.
  Status read_value(Assertion& out) const {
    const Place place = out.value.place;
    if (const std::string_view name = file_reference(out.value.string()); !name.empty()) {
      auto read = read_value_file(path_in(context_.folder, name));
      if (!read) return fault(context_.file, place, read.error().message);
      out.value = std::move(*read);
      if (!out.value.is_string()) return {};
    }
    if (out.kind == Kind::expression) return {};
    const auto check = [&](const Value& text) -> Status {
      if (!text.is_string() || !looks_like_template(text.string())) return {};
      const auto read = Template::parse(text.string());
      if (!read) return fault(context_.file, text.place, read.error().message);
      return {};
    };
    TRY(check(out.value));
    for (const Value& one : out.value.array()) TRY(check(one));
    TRY(check(Value::of(out.metric)));
    return {};
  }

  const AssertionContext& context_;
};

}  // namespace

bool known_type(std::string_view type) {
  return type == "javascript" || type == "max-score" || type == "select-best" ||
         type == "assert-set" || graded_by_model(type) || among(kChecks, type) ||
         among(kMeasures, type) || among(kRetrieval, type) || among(kToolCalls, type) ||
         !why_refused(type).empty();
}

Result<std::vector<Assertion>> read_assertions(const Value& list, const AssertionContext& context) {
  return Reader(context).list(list, false);
}

}  // namespace maester::evals
