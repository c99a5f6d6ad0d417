#include "retrieval/evaluate/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace maester::retrieval {
namespace {

std::uint64_t next(std::uint64_t& state) {  // splitmix64
  std::uint64_t x = state += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double one : values) sum += one;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Estimate estimate(std::span<const double> values, const EvaluationSettings& settings) {
  Estimate out;
  out.mean = out.low = out.high = mean(values);
  if (values.empty() || settings.resamples == 0) return out;
  std::vector<double> means(settings.resamples);
  std::uint64_t state = settings.seed;
  for (double& one : means) {
    for (std::size_t i = 0; i < values.size(); ++i) one += values[next(state) % values.size()];
    one /= static_cast<double>(values.size());
  }
  std::ranges::sort(means);
  const double tail = (1 - settings.confidence) / 2 * static_cast<double>(means.size() - 1);
  out.low = means[static_cast<std::size_t>(std::floor(tail))];
  out.high = means[means.size() - 1 - static_cast<std::size_t>(std::floor(tail))];
  return out;
}

constexpr std::pair<double QueryScores::*, const char*> kMeasures[] = {
    {&QueryScores::ndcg, "ndcg"},
    {&QueryScores::mrr, "mrr"},
    {&QueryScores::recall, "recall"},
    {&QueryScores::map, "map"}};

std::vector<std::string> distinct(std::vector<std::string> ranking) {
  std::set<std::string, std::less<>> seen;
  std::erase_if(ranking, [&](const std::string& one) { return !seen.insert(one).second; });
  return ranking;
}

QueryScores score(const JudgedQuery& query, const Grades& grades,
                  std::span<const std::string> ranking, const EvaluationSettings& settings) {
  return {.query = query.id,
          .text = query.text,
          .ndcg = ndcg_at(ranking, grades, settings.k),
          .mrr = reciprocal_rank_at(ranking, grades, settings.k),
          .recall = recall_at(ranking, grades, settings.recall_k),
          .map = average_precision(ranking, grades),
          .relevant = relevant(grades),
          .found = ranking.size()};
}

}  // namespace

Result<Report> evaluate(std::span<const JudgedQuery> queries, const Judgements& judgements,
                        const SearchDocuments& search, const EvaluationSettings& settings) {
  Report report;
  report.settings = settings;
  for (const JudgedQuery& query : queries) {
    const auto grades = judgements.find(query.id);
    if (grades == judgements.end() || relevant(grades->second) == 0) {
      ++report.without_judgement;
      continue;
    }
    TRY_ASSIGN(std::vector<std::string> ranking, search(query));
    report.queries.push_back(score(query, grades->second, distinct(std::move(ranking)), settings));
  }
  if (report.queries.empty())
    return fail(Code::invalid_request,
                "No query has a document that is judged relevant: the judgements must name the "
                "queries' ids.");
  Estimate* const totals[] = {&report.ndcg, &report.mrr, &report.recall, &report.map};
  std::vector<double> values(report.queries.size());
  for (std::size_t m = 0; m < std::size(kMeasures); ++m) {
    std::ranges::transform(report.queries, values.begin(), kMeasures[m].first);
    *totals[m] = estimate(values, settings);
  }
  return report;
}

Comparison compare(const Report& before, const Report& after) {
  std::map<std::string_view, const QueryScores*> old;
  for (const QueryScores& one : before.queries) old.emplace(one.query, &one);
  Comparison out;
  std::vector<double> differences[std::size(kMeasures)];
  for (const QueryScores& now : after.queries) {
    const auto was = old.find(now.query);
    if (was == old.end()) continue;
    for (std::size_t m = 0; m < std::size(kMeasures); ++m)
      differences[m].push_back(now.*kMeasures[m].first - was->second->*kMeasures[m].first);
    const double change = differences[0].back();
    ++(change > 0 ? out.better : change < 0 ? out.worse : out.equal);
    if (change != 0) out.changed.push_back({now.query, now.text, was->second->ndcg, now.ndcg});
  }
  std::ranges::stable_sort(out.changed, std::greater<>(), [](const QueryDifference& one) {
    return std::abs(one.after - one.before);
  });
  Estimate* const totals[] = {&out.ndcg, &out.mrr, &out.recall, &out.map};
  for (std::size_t m = 0; m < std::size(kMeasures); ++m)
    *totals[m] = estimate(differences[m], after.settings);
  return out;
}

}  // namespace maester::retrieval
