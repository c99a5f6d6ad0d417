// similar and answer-relevance: by vectors.
#include <cmath>
#include <limits>

#include "evals/assertion_model.h"
#include "evals/grader_replies.h"

namespace maester::evals {
namespace {

constexpr double kSimilar = 0.75;
constexpr double kRelevant = 0.5;
constexpr std::size_t kQuestions = 3;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

enum class Metric : std::uint8_t { cosine, dot, euclidean };

// REQUIRES: vectors of the same length
double dot(const Graders::Vector& a, const Graders::Vector& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out += a[i] * b[i];
  return out;
}

double cosine(const Graders::Vector& a, const Graders::Vector& b) {
  const double lengths = std::sqrt(dot(a, a)) * std::sqrt(dot(b, b));
  return lengths == 0 ? 0 : dot(a, b) / lengths;
}

double distance(const Graders::Vector& a, const Graders::Vector& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(out);
}

Grading judged(const Assertion& assertion, Metric metric, double threshold,
               const Graders::Vector& wanted, const Graders::Vector& given) {
  const bool inverse = assertion.inverse;
  Grading out;
  double measure = 0;
  if (metric == Metric::euclidean) {
    measure = distance(wanted, given);
    out.pass = inverse ? measure >= threshold - kEpsilon : measure <= threshold + kEpsilon;
    out.score = 1 / (1 + measure);
  } else {
    measure = metric == Metric::dot ? dot(wanted, given) : cosine(wanted, given);
    out.pass = inverse ? measure <= threshold + kEpsilon : measure >= threshold - kEpsilon;
    out.score = measure;
  }
  if (inverse) out.score = 1 - out.score;
  out.reason = std::string(metric == Metric::euclidean ? "The distance" : "The similarity") +
               " is " + number_text(measure) + ", the threshold is " + number_text(threshold);
  return out;
}

// Of several values one must be near; under `not-` none may be.
Result<Grading> similar(const ModelGrading& g, Metric metric) {
  std::vector<std::string> texts;
  const Value::Array single{g.value};
  for (const Value& one : g.value.is_array() ? g.value.array() : single) {
    if (!one.is_string())
      return fail(Code::invalid_request, "needs a text or a list of texts as its `value`");
    texts.push_back(one.string());
  }
  if (texts.empty()) return fail(Code::invalid_request, "needs a text as its `value`");
  texts.push_back(g.output);
  TRY_ASSIGN(const auto vectors, g.graders.embed(g.assertion.grader->embedding, texts, g.spend));
  Grading best;
  for (std::size_t i = 0; i + 1 < vectors.size(); ++i) {
    Grading one = judged(g.assertion, metric, g.threshold(kSimilar), vectors[i], vectors.back());
    if (one.pass != g.assertion.inverse) return one;
    const bool better = g.assertion.inverse ? one.score < best.score : one.score > best.score;
    if (i == 0 || better) best = std::move(one);
  }
  return best;
}

// How near the question is to those that the answer would answer: the mean cosine of three.
Result<Grading> answer_relevance(const ModelGrading& g) {
  const Value& query = g.subject.vars.get("query");
  const std::string question = query.is_string() ? query.string() : g.subject.prompt;
  std::vector<std::string> texts{question};
  Value asked = Value::object();
  asked.set("answer", Value::of(g.output));
  for (std::size_t i = 1; i <= kQuestions; ++i) {
    TRY_ASSIGN(const Value made,
               g.ask(
                   {"answer-relevance", asked, {}}, g.assertion.grader->rubric_prompt,
                   [](const std::string& text) -> Result<Value> {
                     if (lines_of(text).empty())
                       return fail(Code::unprocessable, "the grader wrote no question");
                     return Value::of(text);
                   },
                   i));
    texts.push_back(made.string());
  }
  TRY_ASSIGN(const auto vectors, g.graders.embed(g.assertion.grader->embedding, texts, g.spend));
  double sum = 0;
  for (std::size_t i = 1; i <= kQuestions; ++i) sum += cosine(vectors[0], vectors[i]);
  const double score = sum / static_cast<double>(kQuestions);
  const double threshold = g.threshold(kRelevant);
  return by_score(g.assertion, score, threshold,
                  "Relevance of the answer is " + number_text(score) + ", the threshold is " +
                      number_text(threshold));
}

}  // namespace

ModelGrader similarity_grader(std::string_view type) {
  if (type == "similar" || type == "similar:cosine")
    return [](const ModelGrading& g) { return similar(g, Metric::cosine); };
  if (type == "similar:dot") return [](const ModelGrading& g) { return similar(g, Metric::dot); };
  if (type == "similar:euclidean")
    return [](const ModelGrading& g) { return similar(g, Metric::euclidean); };
  return type == "answer-relevance" ? answer_relevance : nullptr;
}

}  // namespace maester::evals
