// Sums of gradings, and max-score, which compares rows.
#include <cmath>
#include <cstdio>

#include "evals/assertion.h"

namespace maester::evals {
namespace {

void add_named(std::vector<Grading::Named>& all, const std::string& name, double score,
               double weight) {
  for (Grading::Named& one : all) {
    if (one.name != name) continue;
    one.score += score * weight;
    one.weight += weight;
    return;
  }
  all.push_back({name, score * weight, weight});
}

// Judged among all outputs of a test: it has no weight beside the others.
bool compares(const Grading& part) {
  return part.type.ends_with("max-score") || part.type.ends_with("select-best");
}

// What lost a comparison has failed, with the comparison's score; what won keeps its own.
void apply_comparisons(Grading& out) {
  for (const Grading& part : out.parts) {
    if (!compares(part) || part.later || part.pass) continue;
    if (out.pass) out.reason = part.reason;
    out.pass = false;
    out.score = part.score;
  }
}

std::string two_digits(double number) {
  char out[400];
  const int size = std::snprintf(out, sizeof out, "%.2f", number);
  return std::string(out, static_cast<std::size_t>(std::max(size, 0)));
}

}  // namespace

Grading sum_up(std::vector<Grading> parts, std::optional<double> threshold) {
  Grading out;
  out.pass = true;
  if (parts.empty()) {
    out.score = 1;
    out.reason = "No assertions";
    return out;
  }
  double sum = 0;
  double weights = 0;
  std::size_t judged = 0;
  out.reason = "All assertions passed";
  for (const Grading& part : parts) {
    if (compares(part)) continue;
    ++judged;
    sum += part.score * part.weight;
    weights += part.weight;
    if (!part.metric.empty()) add_named(out.named, part.metric, part.score, part.weight);
    for (const Grading::Named& one : part.named)
      add_named(out.named, one.name, one.score, one.weight * part.weight);
    if (part.pass) continue;
    out.pass = false;
    out.reason = part.reason;
  }
  for (Grading::Named& one : out.named) one.score = one.weight == 0 ? 0 : one.score / one.weight;
  out.score = judged == 0 ? 1 : weights == 0 ? 0 : sum / weights;
  if (threshold) {
    out.pass = out.score >= *threshold;
    out.reason = "Aggregate score " + two_digits(out.score) + (out.pass ? " ≥ " : " < ") +
                 number_text(*threshold) + " threshold";
  }
  out.parts = std::move(parts);
  apply_comparisons(out);
  return out;
}

Status judge_max_score(const Assertion& assertion, std::size_t index,
                       std::span<Grading* const> rows) {
  const Value& weights = assertion.value.get("weights");
  const bool adds = assertion.value.get("method").string() == "sum";
  const Value& least = assertion.value.get("threshold");
  double best = -HUGE_VAL;
  std::size_t winner = rows.size();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r] == nullptr) continue;
    double sum = 0;
    double count = 0;
    bool any = false;
    for (std::size_t i = 0; i < rows[r]->parts.size(); ++i) {
      const Grading& part = rows[r]->parts[i];
      if (part.later || part.type == "max-score" || part.type == "select-best") continue;
      any = true;
      const Value& given = weights.get(part.type);
      const double weight = given.is_number() ? given.number() : 1;
      sum += part.score * weight;
      count += weight;
    }
    if (!any)
      return fail(Code::invalid_request, "max-score needs another assertion to compare scores of");
    const double score = adds ? sum : count == 0 ? 0 : sum / count;
    if (score <= best) continue;
    best = score;
    winner = r;
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r] == nullptr) continue;
    Grading& mine = rows[r]->parts[index];
    const bool enough = !least.is_number() || best >= least.number();
    const bool won = (r == winner && enough) != assertion.inverse;
    mine.pass = won || assertion.weight == 0;
    mine.score = won ? 1 : 0;
    mine.later = false;
    mine.reason = won ? "The output has the highest score" : "Another output has a higher score";
  }
  return {};
}

}  // namespace maester::evals
