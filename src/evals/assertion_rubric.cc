// llm-rubric, model-graded-closedqa, factuality, g-eval.
#include "evals/assertion_model.h"
#include "evals/grader_replies.h"

namespace maester::evals {
namespace {

constexpr double kGEvalThreshold = 0.7;

Value data(std::initializer_list<std::pair<std::string_view, const std::string*>> members) {
  Value out = Value::object();
  for (const auto& [name, text] : members) out.set(name, Value::of(*text));
  return out;
}
Value words(std::string_view name, const std::string& text) {
  return data({{name, &text}});
}

Result<std::string> text_value(const ModelGrading& g) {
  if (g.value.is_string() && !g.value.string().empty()) return g.value.string();
  return fail(Code::invalid_request, "needs a text as its `value`");
}

Result<Value> as_is(const std::string& text) {
  return object_of_reply(text);
}

Result<Grading> llm_rubric(const ModelGrading& g) {
  const bool says_nothing = g.value.empty() || (g.value.is_string() && g.value.string().empty());
  if (says_nothing && g.own_words())
    return fail(Code::invalid_request, "needs a rubric as its `value`");
  const std::string rubric = g.value.is_string() ? g.value.string()
                             : g.value.empty()   ? ""
                                                 : g.value.pretty_json();
  RubricReply reply;
  TRY(g.ask({"llm-rubric", data({{"output", &g.output}}), words("rubric", rubric)},
            g.assertion.grader->rubric_prompt, [&](const std::string& text) -> Result<Value> {
              TRY_ASSIGN(const Value object, object_of_reply(text));
              TRY_ASSIGN(reply, read_rubric(object, g.assertion.threshold, g.own_words()));
              return object;
            }));
  return by_verdict(g.assertion, reply.pass, reply.score, std::move(reply.reason));
}

Result<Grading> closed_qa(const ModelGrading& g) {
  TRY_ASSIGN(const std::string criteria, text_value(g));
  TRY_ASSIGN(const Value said,
             g.ask({"model-graded-closedqa",
                    data({{"input", &g.subject.prompt}, {"completion", &g.output}}),
                    words("criteria", criteria)},
                   g.assertion.grader->rubric_prompt, [](const std::string& text) -> Result<Value> {
                     TRY_ASSIGN(const bool yes, read_yes_no(text));
                     Value out = Value::object();
                     out.set("yes", Value::of(yes));
                     out.set("reason", Value::of(text));
                     return out;
                   }));
  const bool pass = said.get("yes").boolean();
  return by_verdict(g.assertion, pass, pass ? 1 : 0,
                    (pass ? "The submission meets the criterion: "
                          : "The submission does not meet the criterion: ") +
                        said.get("reason").string());
}

// What a category is worth: the suite's word, else 1 and for a disagreement 0.
double worth(char category, const Value& scores) {
  constexpr std::string_view kNames[] = {"subset", "superset", "agree", "disagree",
                                         "differButFactual"};
  const Value& given = scores.get(kNames[category - 'A']);
  return given.is_number() ? given.number() : category == 'D' ? 0 : 1;
}

Result<Grading> factuality(const ModelGrading& g) {
  TRY_ASSIGN(const std::string ideal, text_value(g));
  std::pair<char, std::string> said;
  TRY(g.ask({"factuality",
             data({{"input", &g.subject.prompt}, {"completion", &g.output}, {"ideal", &ideal}}),
             {}},
            g.assertion.grader->rubric_prompt, [&](const std::string& text) -> Result<Value> {
              TRY_ASSIGN(said, read_category(text));
              return Value();
            }));
  const double score = worth(said.first, g.assertion.grader->factuality);
  std::string reason = std::string("Category ") + said.first;
  if (!said.second.empty()) reason += ": " + said.second;
  return by_verdict(g.assertion, score > 0, score, std::move(reason));
}

Result<RubricReply> g_eval_of(const ModelGrading& g, const std::string& criteria) {
  const Value& prompts = g.assertion.grader->rubric_prompt;
  const Value& for_steps = prompts.is_object() ? prompts.get("steps") : Value();
  const Value& for_reply = prompts.is_object() ? prompts.get("evaluate") : prompts;
  TRY_ASSIGN(const Value planned,
             g.ask({"g-eval-steps", {}, words("criteria", criteria)}, for_steps, as_is));
  TRY_ASSIGN(const std::vector<std::string> steps, read_steps(planned));
  std::string joined;
  for (const std::string& one : steps) joined += (joined.empty() ? "" : "\n- ") + one;
  static const std::string kHighest = "10";
  RubricReply reply;
  TRY(g.ask({"g-eval", data({{"input", &g.subject.prompt}, {"output", &g.output}}),
             data({{"criteria", &criteria}, {"steps", &joined}, {"maxScore", &kHighest}})},
            for_reply, [&](const std::string& text) -> Result<Value> {
              TRY_ASSIGN(const Value object, object_of_reply(text));
              TRY_ASSIGN(reply, read_g_eval(object));
              return object;
            }));
  return reply;
}

// Several criteria: the mean of their scores.
Result<Grading> g_eval(const ModelGrading& g) {
  const Value::Array single{g.value};
  const Value::Array& all = g.value.is_array() ? g.value.array() : single;
  if (all.empty()) return fail(Code::invalid_request, "needs a criterion as its `value`");
  double sum = 0;
  std::string reasons;
  for (const Value& one : all) {
    if (!one.is_string() || one.string().empty())
      return fail(Code::invalid_request, "needs texts as its `value`");
    TRY_ASSIGN(const RubricReply reply, g_eval_of(g, one.string()));
    sum += reply.score;
    reasons += (reasons.empty() ? "" : "\n\n") + reply.reason;
  }
  const double score = sum / static_cast<double>(all.size());
  const bool pass = score >= g.threshold(kGEvalThreshold);
  return by_verdict(g.assertion, pass, score, std::move(reasons));
}

}  // namespace

ModelGrader rubric_grader(std::string_view type) {
  if (type == "llm-rubric") return llm_rubric;
  if (type == "model-graded-closedqa") return closed_qa;
  if (type == "factuality" || type == "model-graded-factuality") return factuality;
  if (type == "g-eval") return g_eval;
  return nullptr;
}

}  // namespace maester::evals
