// context-recall, context-relevance, context-faithfulness: what was found, and what was made of it.
#include "evals/assertion_model.h"
#include "evals/grader_replies.h"

namespace maester::evals {
namespace {

constexpr double kThreshold = 0.5;

struct Context {
  std::string text;
  std::vector<std::string> chunks;  // when it is a list
};

// The variable `context` (else `otherwise`), or what `contextTransform` makes of the output.
Result<Context> context_of(const ModelGrading& g, const std::string& otherwise) {
  Value given = g.subject.vars.get("context");
  if (!given.truthy() && !otherwise.empty()) given = Value::of(otherwise);
  if (g.assertion.context_transform) {
    auto made = run_transform(*g.assertion.context_transform, g.subject.output, g.subject.vars,
                              g.subject.prompt);
    if (!made) return fail(Code::invalid_request, "contextTransform: " + made.error().message);
    given = std::move(*made);
  }
  Context out;
  if (given.is_string()) out.text = given.string();
  for (const Value& one : given.array()) {
    if (!one.is_string() || one.string().empty())
      return fail(Code::invalid_request, "the context must be a text or a list of texts");
    out.text += (out.chunks.empty() ? "" : "\n\n") + one.string();
    out.chunks.push_back(one.string());
  }
  if (out.text.empty())
    return fail(Code::invalid_request,
                "needs a context: a variable `context` (a text or a list of texts), or "
                "`contextTransform`");
  return out;
}

Result<std::string> query_of(const ModelGrading& g) {
  const Value& query = g.subject.vars.get("query");
  if (query.is_string()) return query.string();
  return fail(Code::invalid_request, "needs a variable `query` with the user's question");
}

Value pair_of(std::string_view a, const std::string& one, std::string_view b,
              const std::string& other) {
  Value out = Value::object();
  out.set(a, Value::of(one));
  out.set(b, Value::of(other));
  return out;
}

Grading graded(const ModelGrading& g, std::string_view what, double score) {
  const double threshold = g.threshold(kThreshold);
  return by_score(g.assertion, score, threshold,
                  std::string(what) + " is " + number_text(score) + ", the threshold is " +
                      number_text(threshold));
}

Result<double> number_from(const Result<Value>& value) {
  if (!value) return fail(value.error());
  return value->number();
}

Result<Grading> recall(const ModelGrading& g) {
  if (!g.value.is_string() || g.value.string().empty())
    return fail(Code::invalid_request, "needs the expected answer as its `value`");
  TRY_ASSIGN(const Context context, context_of(g, g.subject.prompt));
  TRY_ASSIGN(
      const double score,
      number_from(g.ask(
          {"context-recall", pair_of("context", context.text, "groundTruth", g.value.string()), {}},
          g.assertion.grader->rubric_prompt, [](const std::string& text) -> Result<Value> {
            TRY_ASSIGN(const double share, read_attributions(text));
            return Value::of(share);
          })));
  return graded(g, "Recall of the context", score);
}

Result<Grading> relevance(const ModelGrading& g) {
  TRY_ASSIGN(const std::string query, query_of(g));
  TRY_ASSIGN(const Context context, context_of(g, ""));
  const bool listed = !context.chunks.empty();
  const std::vector<std::string> units = listed ? context.chunks : sentences_of(context.text);
  const bool segmented = listed || lines_of(context.text).size() > 1;
  TRY_ASSIGN(
      const double score,
      number_from(
          g.ask({"context-relevance", pair_of("context", context.text, "query", query), {}},
                g.assertion.grader->rubric_prompt, [&](const std::string& text) -> Result<Value> {
                  TRY_ASSIGN(const double share, read_quotes(text, context.text, units, segmented));
                  return Value::of(share);
                })));
  return graded(g, "Relevance of the context", score);
}

// First the answer's statements, then a verdict on each.
Result<Grading> faithfulness(const ModelGrading& g) {
  TRY_ASSIGN(const std::string query, query_of(g));
  TRY_ASSIGN(const Context context, context_of(g, ""));
  const Value& prompts = g.assertion.grader->rubric_prompt;
  if (!prompts.empty() && prompts.array().size() != 2)
    return fail(Code::invalid_request,
                "`rubricPrompt` must be a list of two prompts: for the statements, for the "
                "verdicts");
  const auto part = [&](std::size_t i) -> Value {
    if (prompts.empty()) return {};
    const Value& one = prompts.array()[i];
    return one.is_object() ? one.get("content") : one;
  };
  TRY_ASSIGN(const Value told,
             g.ask({"context-faithfulness", pair_of("question", query, "answer", g.output), {}},
                   part(0), [](const std::string& text) -> Result<Value> {
                     if (lines_of(text).empty())
                       return fail(Code::unprocessable, "the grader found no statement");
                     return Value::of(text);
                   }));
  const std::vector<std::string> statements = lines_of(told.string());
  Value asked = Value::object();
  asked.set("context", Value::of(context.text));
  if (prompts.empty()) {
    asked.set("statements", told);
  } else {  // a list, as promptfoo's prompts expect it
    Value list = Value::of(Value::Array{});
    for (const std::string& one : statements) list.push(Value::of(one));
    asked.set("statements", std::move(list));
  }
  TRY_ASSIGN(const double score,
             number_from(g.ask({"context-faithfulness-verdicts", std::move(asked), {}}, part(1),
                               [&](const std::string& text) -> Result<Value> {
                                 TRY_ASSIGN(const double share,
                                            read_verdicts(text, statements.size()));
                                 return Value::of(share);
                               })));
  return graded(g, "Faithfulness to the context", score);
}

}  // namespace

ModelGrader context_grader(std::string_view type) {
  if (type == "context-recall") return recall;
  if (type == "context-relevance") return relevance;
  if (type == "context-faithfulness") return faithfulness;
  return nullptr;
}

}  // namespace maester::evals
