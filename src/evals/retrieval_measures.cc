#include "evals/retrieval_measures.h"

#include <cmath>
#include <set>

#include "evals/assertion_model.h"
#include "retrieval/evaluate/measures.h"

namespace maester::evals {
namespace {

constexpr double kThreshold = 0.5;

Result<std::vector<std::string>> ranking_of(const Value& output) {
  if (output.is_string()) {
    const auto read = parse_json(output.string());
    if (!read || read->is_string())
      return fail(Code::invalid_request, "the output is no list of documents");
    return ranking_of(*read);
  }
  if (!output.is_array()) return fail(Code::invalid_request, "the output is no list of documents");
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const Value& one : output.array()) {
    const Value& id = one.get("source_id").exists() ? one.get("source_id") : one.get("id");
    const std::string name = one.is_object() ? id.shown() : one.shown();
    if (name.empty()) return fail(Code::invalid_request, "a document of the output has no id");
    if (seen.insert(name).second) out.push_back(name);
  }
  return out;
}

Result<retrieval::Grades> grades_of(const Value& value) {
  retrieval::Grades out;
  for (const Value& one : value.array()) out[one.shown()] = 1;
  for (const Member& one : value.members()) {
    const double grade = one.value.is_number() ? one.value.number() : NAN;
    if (!(std::abs(grade) <= 1000) || grade != std::floor(grade))
      return fail(Code::invalid_request, "the grade of `" + one.key + "` is no whole number");
    out[one.key] = static_cast<int>(grade);
  }
  if (retrieval::relevant(out) == 0)
    return fail(Code::invalid_request, "needs relevant documents as its `value`");
  return out;
}

Result<double> measured(const Assertion& assertion, const Value& output, const Value& value) {
  TRY_ASSIGN(const std::vector<std::string> ranking, ranking_of(output));
  TRY_ASSIGN(const retrieval::Grades grades, grades_of(value));
  const bool recall = assertion.type == "retrieval-recall";
  const Value& given = assertion.config.get("k");
  const double k = given.is_number() ? given.number() : recall ? 100 : 10;
  if (!(k >= 1) || k > 1e6) return fail(Code::invalid_request, "`config.k` must be 1 or more");
  const auto depth = static_cast<std::size_t>(k);
  if (recall) return retrieval::recall_at(ranking, grades, depth);
  if (assertion.type == "retrieval-mrr")
    return retrieval::reciprocal_rank_at(ranking, grades, depth);
  if (assertion.type == "retrieval-map") return retrieval::average_precision(ranking, grades);
  return retrieval::ndcg_at(ranking, grades, depth);
}

}  // namespace

Grading grade_retrieval(const Assertion& assertion, const Value& output, const Graded& subject) {
  const auto not_graded = [&](const Error& error) {
    Grading out;
    out.error = true;
    out.reason = assertion.written + ": " + error.message;
    return out;
  };
  const auto value = rendered_value(assertion.value, subject.vars);
  if (!value) return not_graded(value.error());
  const auto score = measured(assertion, output, *value);
  if (!score) return not_graded(score.error());
  const double threshold = assertion.threshold.value_or(kThreshold);
  return by_score(assertion, *score, threshold,
                  assertion.type + " is " + number_text(*score) + ", the threshold is " +
                      number_text(threshold));
}

}  // namespace maester::evals
